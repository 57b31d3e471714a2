// Package gateway stands between an operator and the API server. It counts what the operator asks, and makes trouble
// when told to: watches that lag and break, answers that get lost, an operator that dies at a write.
package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"

	"e2e/internal/cluster"
)

// Gateway is one operator's way to the API server.
type Gateway struct {
	server   *http.Server
	listener net.Listener
	proxy    *httputil.ReverseProxy
	upstream string
	token    string

	mu      sync.Mutex
	counts  Counts
	lag     func(resource string) time.Duration
	life    func() time.Duration
	killAt  *killing
	lose    func(verb, resource string) (lose, forward bool)
	written int
	// starting says that the API server may not know yet who has which rights.
	starting bool

	// writing is held by every write under way, and by who wants none to be.
	writing sync.RWMutex
}

// Counts is how many requests there were of each kind, as `create pods 2xx`.
type Counts map[string]int

type killing struct {
	write   int
	forward bool
	kill    func()
}

// Open listens on loopback and speaks plain HTTP, so that any client can use it.
func Open(upstream, token string) (*Gateway, error) {
	target, err := url.Parse(upstream)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	g := &Gateway{listener: listener, upstream: upstream, token: token, counts: Counts{}}
	g.proxy = &httputil.ReverseProxy{
		Transport: cluster.Transport(),
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Header.Set("Authorization", "Bearer "+token)
		},
		FlushInterval:  -1,
		ModifyResponse: g.answered,
		ErrorHandler: func(_ http.ResponseWriter, r *http.Request, _ error) {
			// As from a server that is not there: no answer at all.
			g.count(r, "lost")
			panic(http.ErrAbortHandler)
		},
		ErrorLog: log.New(io.Discard, "", 0), // A body that broke off was broken off on purpose.
	}
	g.server = &http.Server{Handler: g, ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: time.Minute}
	go func() { _ = g.server.Serve(listener) }()
	return g, nil
}

// Address is what a kubeconfig names as its server.
func (g *Gateway) Address() string { return fmt.Sprintf("http://%s", g.listener.Addr()) }

// Close ends every connection.
func (g *Gateway) Close() { _ = g.server.Close() }

// Take returns the counts since it was last called.
func (g *Gateway) Take() Counts {
	g.mu.Lock()
	defer g.mu.Unlock()
	counts := g.counts
	g.counts = Counts{}
	return counts
}

// Lag has what watches say arrive that much later, by resource; nil ends it for new watches.
func (g *Gateway) Lag(lag func(resource string) time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.lag = lag
}

// Break has every new watch broken off after as long as life says; nil ends it for new watches.
func (g *Gateway) Break(life func() time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.life = life
}

// Starting says whether the API server is away or comes up: whom it refuses then does not count as one without the right.
func (g *Gateway) Starting(starting bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.starting = starting
}

// KillAt calls kill at the n-th write from now that is not of an Event, and answers that write no more. With forward the
// API server carries it out first.
func (g *Gateway) KillAt(n int, forward bool, kill func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.killAt = &killing{write: g.written + n, forward: forward, kill: kill}
}

// LoseWrites asks lose at every write that is not of an Event whether its answer gets lost, and if so whether the API
// server carries it out. Nil ends it.
func (g *Gateway) LoseWrites(lose func(verb, resource string) (lose, forward bool)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.lose = lose
}

// HoldWrites returns once no write is under way, and has new ones wait until release is called.
func (g *Gateway) HoldWrites() (release func()) {
	g.writing.Lock()
	return g.writing.Unlock
}

// ServeHTTP passes a request on.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	verb, resource := name(r)
	if verb == "get" || verb == "list" || verb == "watch" {
		g.proxy.ServeHTTP(w, r)
		return
	}
	g.writing.RLock()
	defer g.writing.RUnlock()
	if resource != "events" {
		if lose, forward, kill := g.trouble(verb, resource); lose {
			if forward {
				g.forward(r)
			} else {
				g.count(r, "lost")
			}
			if kill != nil {
				kill()
			}
			panic(http.ErrAbortHandler)
		}
	}
	g.proxy.ServeHTTP(w, r)
}

// trouble says what is to become of the next write.
func (g *Gateway) trouble(verb, resource string) (lose, forward bool, kill func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.written++
	if k := g.killAt; k != nil && g.written == k.write {
		g.killAt = nil
		return true, k.forward, k.kill
	}
	if g.lose != nil {
		lose, forward = g.lose(verb, resource)
	}
	return lose, forward, nil
}

// forward has the API server carry a request out though its sender will not live to see the answer.
func (g *Gateway) forward(r *http.Request) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := http.NewRequestWithContext(ctx, r.Method, g.upstream+r.URL.RequestURI(), r.Body)
	if err != nil {
		return
	}
	out.Header = r.Header.Clone()
	out.Header.Set("Authorization", "Bearer "+g.token)
	answer, err := g.proxy.Transport.RoundTrip(out)
	if err != nil {
		g.count(r, "lost")
		return
	}
	g.count(r, g.class(answer))
	answer.Body.Close()
}

func (g *Gateway) answered(answer *http.Response) error {
	g.count(answer.Request, g.class(answer))
	verb, resource := name(answer.Request)
	if verb != "watch" {
		return nil
	}
	g.mu.Lock()
	lag, life := g.lag, g.life
	g.mu.Unlock()
	var later, until time.Duration
	if lag != nil {
		later = lag(resource)
	}
	if life != nil {
		until = life()
	}
	if later > 0 || until > 0 {
		answer.Body = newStream(answer.Body, later, until)
	}
	return nil
}

func (g *Gateway) count(r *http.Request, how string) {
	verb, resource := name(r)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.counts[verb+" "+resource+" "+how]++
}

// NotAllowed is how a request ended that its sender has no right to. Other refusals with the same code, by a quota or since
// a namespace is being deleted, are the API server's answer to what was asked.
const NotAllowed = "not allowed"

func (g *Gateway) class(answer *http.Response) string {
	code := answer.StatusCode
	if code == http.StatusForbidden && lacksRight(answer) {
		g.mu.Lock()
		defer g.mu.Unlock()
		if !g.starting {
			return NotAllowed
		}
	}
	if code == http.StatusForbidden || code == http.StatusConflict || code == http.StatusNotFound {
		return fmt.Sprint(code)
	}
	return fmt.Sprintf("%dxx", code/100)
}

// lacksRight reads why a request was refused, and leaves the answer as it was.
func lacksRight(answer *http.Response) bool {
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<16))
	answer.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(text), answer.Body), answer.Body}
	var status struct{ Message string }
	if err != nil || json.Unmarshal(text, &status) != nil {
		return false
	}
	return strings.Contains(status.Message, ": User ") || strings.Contains(status.Message, "cannot set blockOwnerDeletion")
}

// name says what a request does, in the words of the API: create pods, update daemonsets/status, watch nodes.
// What is not about objects (discovery, health) is `get other`.
func name(r *http.Request) (verb, resource string) {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case len(parts) > 2 && parts[0] == "api":
		parts = parts[2:]
	case len(parts) > 3 && parts[0] == "apis":
		parts = parts[3:]
	default:
		return "get", "other"
	}
	if len(parts) > 2 && parts[0] == "namespaces" {
		parts = parts[2:]
	}
	resource = parts[0]
	if len(parts) > 2 {
		resource += "/" + parts[2]
	}
	switch r.Method {
	case http.MethodPost:
		return "create", resource
	case http.MethodPut:
		return "update", resource
	case http.MethodPatch:
		return "patch", resource
	case http.MethodDelete:
		return "delete", resource
	}
	watch := r.URL.Query().Get("watch")
	switch {
	case watch == "true" || watch == "1":
		return "watch", resource
	case len(parts) > 1:
		return "get", resource
	}
	return "list", resource
}
