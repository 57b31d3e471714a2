package cluster

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Content types of the three patches that the API server knows.
const (
	MergePatch     = "application/merge-patch+json"
	StrategicPatch = "application/strategic-merge-patch+json"
	JSONPatch      = "application/json-patch+json"
)

// API speaks JSON to the API server as one user.
type API struct {
	base   string
	token  string
	client *http.Client
}

// StatusError is an answer that is no success.
type StatusError struct {
	Code    int
	Message string
}

func (e *StatusError) Error() string { return fmt.Sprintf("%d: %s", e.Code, e.Message) }

// IsCode says whether err is an answer with that HTTP status.
func IsCode(err error, code int) bool {
	var status *StatusError
	return errors.As(err, &status) && status.Code == code
}

// Transport trusts the API server without looking at its certificate: it is our own child on loopback, and made the
// certificate a moment ago.
func Transport() *http.Transport {
	return &http.Transport{
		TLSClientConfig:     &tls.Config{InsecureSkipVerify: true},
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: 32,
	}
}

// NewAPI returns one for the user with that token.
func NewAPI(base, token string) *API {
	return &API{base: base, token: token, client: &http.Client{Transport: Transport(), Timeout: 20 * time.Second}}
}

// Raw sends a request and returns the answer's body.
func (a *API) Raw(ctx context.Context, method, path, contentType string, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, a.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+a.token)
	if body != nil {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := a.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode >= 300 {
		var status struct{ Message string }
		_ = json.Unmarshal(text, &status)
		return nil, &StatusError{Code: response.StatusCode, Message: fmt.Sprintf("%s %s: %s", method, path, status.Message)}
	}
	return text, nil
}

func (a *API) send(ctx context.Context, method, path, contentType string, body, out any) error {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return err
		}
	}
	answer, err := a.Raw(ctx, method, path, contentType, text)
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(answer, out)
}

// Get reads path into out.
func (a *API) Get(ctx context.Context, path string, out any) error {
	return a.send(ctx, http.MethodGet, path, "", nil, out)
}

// Create posts body to path.
func (a *API) Create(ctx context.Context, path string, body any) error {
	return a.send(ctx, http.MethodPost, path, "application/json", body, nil)
}

// Patch sends a patch of the given kind.
func (a *API) Patch(ctx context.Context, path, kind string, body any) error {
	return a.send(ctx, http.MethodPatch, path, kind, body, nil)
}

// Delete deletes what is at path; options may be nil.
func (a *API) Delete(ctx context.Context, path string, options any) error {
	return a.send(ctx, http.MethodDelete, path, "application/json", options, nil)
}
