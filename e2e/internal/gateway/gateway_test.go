package gateway

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// open puts a gateway before a server that says `a`, and half a second later `b`, to who watches.
func open(t *testing.T) (*Gateway, *atomic.Int64) {
	var writes atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			writes.Add(1)
		}
		if strings.HasSuffix(r.URL.Path, "refused") {
			w.WriteHeader(http.StatusForbidden)
		}
		if r.URL.Query().Get("watch") != "" {
			fmt.Fprint(w, "a")
			w.(http.Flusher).Flush()
			time.Sleep(500 * time.Millisecond)
			fmt.Fprint(w, "b")
		}
	}))
	g, err := Open(server.URL, "token")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close(); server.Close() })
	return g, &writes
}

func send(t *testing.T, g *Gateway, method, path string) (string, error) {
	t.Helper()
	request, err := http.NewRequest(method, g.Address()+path, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return string(text), err
}

func TestCounts(t *testing.T) {
	g, _ := open(t)
	for _, r := range [][2]string{
		{"GET", "/api/v1/nodes"}, {"GET", "/api/v1/nodes?watch=true"}, {"GET", "/api/v1/nodes/n1"}, {"POST", "/api/v1/namespaces/infra/pods"},
		{"DELETE", "/api/v1/namespaces/infra/pods/x"}, {"PUT", "/apis/apps/v1/namespaces/infra/daemonsets/x/status"}, {"PATCH", "/apis/apps/v1/namespaces/infra/controllerrevisions/x"},
		{"GET", "/apis/apps/v1"}, {"GET", "/healthz"}, {"DELETE", "/api/v1/namespaces/infra"}, {"POST", "/api/v1/namespaces/infra/pods/refused"},
	} {
		if _, err := send(t, g, r[0], r[1]); err != nil {
			t.Fatal(err)
		}
	}
	want := Counts{
		"list nodes 2xx": 1, "watch nodes 2xx": 1, "get nodes 2xx": 1, "create pods 2xx": 1, "delete pods 2xx": 1, "update daemonsets/status 2xx": 1,
		"patch controllerrevisions 2xx": 1, "get other 2xx": 2, "delete namespaces 2xx": 1, "create pods 403": 1,
	}
	if got := g.Take(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	if left := g.Take(); len(left) > 0 {
		t.Errorf("taken and still there: %v", left)
	}
}

func TestLag(t *testing.T) {
	g, _ := open(t)
	g.Lag(func(resource string) time.Duration {
		if resource == "pods" {
			return time.Second
		}
		return 0
	})
	for resource, least := range map[string]time.Duration{"pods": 1400 * time.Millisecond, "nodes": 400 * time.Millisecond} {
		began := time.Now()
		text, err := send(t, g, "GET", "/api/v1/"+resource+"?watch=1")
		if took := time.Since(began); err != nil || text != "ab" || took < least || took > least+time.Second {
			t.Errorf("%s: %q, %v after %v", resource, text, err, took)
		}
	}
}

func TestBreak(t *testing.T) {
	g, _ := open(t)
	g.Break(func() time.Duration { return 200 * time.Millisecond })
	if text, err := send(t, g, "GET", "/api/v1/pods?watch=1"); err == nil || text != "a" {
		t.Errorf("%q, %v", text, err)
	}
}

func TestKillAt(t *testing.T) {
	for _, forward := range []bool{false, true} {
		g, writes := open(t)
		killed := false
		g.KillAt(2, forward, func() { killed = true })
		for i, path := range []string{"pods", "events", "pods"} {
			_, err := send(t, g, "POST", "/api/v1/namespaces/infra/"+path)
			if last := i == 2; (err != nil) != last || killed != last {
				t.Errorf("write %d: %v, killed: %v", i, err, killed)
			}
		}
		if want := map[bool]int64{false: 2, true: 3}[forward]; writes.Load() != want {
			t.Errorf("the server saw %d writes, want %d", writes.Load(), want)
		}
	}
}

func TestHoldWrites(t *testing.T) {
	g, writes := open(t)
	release := g.HoldWrites()
	done := make(chan error)
	go func() {
		_, err := send(t, g, "POST", "/api/v1/namespaces/infra/pods")
		done <- err
	}()
	if _, err := send(t, g, "GET", "/api/v1/nodes"); err != nil {
		t.Error(err)
	}
	time.Sleep(200 * time.Millisecond)
	if writes.Load() != 0 {
		t.Error("a write went through")
	}
	release()
	if err := <-done; err != nil || writes.Load() != 1 {
		t.Errorf("%v, %d writes", err, writes.Load())
	}
}
