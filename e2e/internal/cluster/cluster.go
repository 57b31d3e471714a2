// Package cluster starts a real Kubernetes control plane on loopback and stops it again: etcd, the API server, and the
// controllers that a DaemonSet controller relies on (garbage collector, namespaces, quotas). The DaemonSet controller
// is not among them: it is the operator under test.
package cluster

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Users that the API server knows, each with its name as its token.
const (
	Admin    = "admin"
	Kubelet  = "kubelet"
	Operator = "operator"
	rest     = "controllers"
	// Candidate is an operator that has the rights that it was given and no others.
	Candidate = "candidate"
)

// restControllers run in every cluster. The pod garbage collector is not among them: it takes the pods of a node that
// is gone after 40 to 60 seconds, and the script does so when it is time.
const restControllers = "garbage-collector-controller,namespace-controller,resourcequota-controller"

// Cluster is a control plane in a directory of its own.
type Cluster struct {
	Admin, Kubelet *API
	binary, dir    string
	apiPort        int
	etcdPort       int
	apiFlags       []string
	rights         *Rights
	processes      map[string]*Process
}

// Start brings a control plane up. Binary is the built controlplane command; dir must exist and be empty. Rights are those
// of the candidate, if there is one.
func Start(ctx context.Context, binary, dir string, rights *Rights) (*Cluster, error) {
	c := &Cluster{binary: binary, dir: dir, rights: rights, processes: map[string]*Process{}}
	// A free port may be taken before it is used, so try again with others.
	var err error
	for try := range 3 {
		if err = c.start(ctx, filepath.Join(dir, "try"+strconv.Itoa(try))); err == nil {
			return c, nil
		}
		err = errors.Join(err, errors.New(c.logTail()))
		c.Close()
		if ctx.Err() != nil {
			break
		}
	}
	return nil, fmt.Errorf("the control plane did not start: %w", err)
}

func (c *Cluster) start(ctx context.Context, etcdDir string) error {
	ports, err := freePorts(3)
	if err != nil {
		return err
	}
	c.apiPort, c.etcdPort = ports[0], ports[1]
	c.Admin, c.Kubelet = NewAPI(c.APIServer(), Admin), NewAPI(c.APIServer(), Kubelet)
	if err := c.writeFiles(); err != nil {
		return err
	}
	if err := c.run("etcd", "etcd", etcdDir, strconv.Itoa(c.etcdPort), strconv.Itoa(ports[2])); err != nil {
		return err
	}
	c.apiFlags = []string{
		"--etcd-servers=http://" + c.Etcd(), "--cert-dir=" + c.path("certificates"),
		"--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", "--secure-port=" + strconv.Itoa(c.apiPort),
		"--service-account-issuer=https://loopback", "--service-account-signing-key-file=" + c.path("key"),
		"--service-account-key-file=" + c.path("key"), "--service-cluster-ip-range=10.0.0.0/24",
		"--token-auth-file=" + c.path("tokens"), "--authorization-mode=RBAC", "--allow-privileged=true",
		"--disable-admission-plugins=ServiceAccount", "--enable-admission-plugins=OwnerReferencesPermissionEnforcement", "--endpoint-reconciler-type=none", "--profiling=false",
	}
	if err := c.StartAPIServer(ctx); err != nil {
		return err
	}
	if c.rights != nil {
		if err := c.rights.grant(ctx, c.Admin); err != nil {
			return err
		}
	}
	return c.run("controllers", "kube-controller-manager", "--kubeconfig="+c.path("kubeconfig."+rest),
		"--controllers="+restControllers, "--leader-elect=false", "--secure-port=0")
}

// writeFiles writes the keys, the tokens and a kubeconfig for every user.
func (c *Cluster) writeFiles() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	files := map[string][]byte{"key": pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})}
	var tokens strings.Builder
	// The Go controller has the rights that every cluster gives it.
	tokens.WriteString(tokenLine(Operator, "kube-system", "daemon-set-controller"))
	for _, user := range []string{Admin, Kubelet, rest} {
		fmt.Fprintf(&tokens, "%s,%s,%s,\"system:masters\"\n", user, user, user)
	}
	for _, user := range []string{Admin, Kubelet, Operator, rest} {
		files["kubeconfig."+user] = Kubeconfig(c.APIServer(), user)
	}
	if c.rights != nil {
		tokens.WriteString(tokenLine(Candidate, c.rights.account.Namespace, c.rights.account.Name))
	}
	files["tokens"] = []byte(tokens.String())
	for name, text := range files {
		if err := os.WriteFile(c.path(name), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// tokenLine has the API server take a token for a ServiceAccount.
func tokenLine(token, namespace, name string) string {
	const accounts = "system:serviceaccounts"
	return fmt.Sprintf("%s,system:serviceaccount:%s:%s,%s,\"%s,%s:%s\"\n", token, namespace, name, token, accounts, accounts, namespace)
}

// Kubeconfig is the text of one that names a server and, if there is a token, a user.
func Kubeconfig(server, token string) []byte {
	endpoint := map[string]any{"server": server}
	user := map[string]any{}
	if token != "" {
		endpoint["insecure-skip-tls-verify"] = true
		user["token"] = token
	}
	text, err := json.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "Config", "current-context": "e2e",
		"clusters": []any{map[string]any{"name": "e2e", "cluster": endpoint}},
		"users":    []any{map[string]any{"name": "e2e", "user": user}},
		"contexts": []any{map[string]any{"name": "e2e", "context": map[string]any{"cluster": "e2e", "user": "e2e"}}},
	})
	if err != nil {
		panic(err) // Maps of strings always marshal.
	}
	return text
}

func (c *Cluster) path(name string) string { return filepath.Join(c.dir, name) }

func (c *Cluster) run(name string, args ...string) error {
	p, err := StartProcess(name, c.path(name+".log"), nil, append([]string{c.binary}, args...)...)
	if err == nil {
		c.processes[name] = p
	}
	return err
}

// APIServer is the API server's address.
func (c *Cluster) APIServer() string { return fmt.Sprintf("https://127.0.0.1:%d", c.apiPort) }

// Etcd is etcd's host and port.
func (c *Cluster) Etcd() string { return fmt.Sprintf("127.0.0.1:%d", c.etcdPort) }

// Binary is the controlplane command.
func (c *Cluster) Binary() string { return c.binary }

// StartAPIServer starts the API server, where it was before if it was there, and waits until it is ready.
func (c *Cluster) StartAPIServer(ctx context.Context) error {
	if err := c.run("apiserver", append([]string{"kube-apiserver"}, c.apiFlags...)...); err != nil {
		return err
	}
	deadline := time.Now().Add(time.Minute)
	for {
		_, err := c.Admin.Raw(ctx, "GET", "/readyz", "", nil)
		if err == nil {
			return nil
		}
		for name, p := range c.processes {
			if exited, how := p.Exited(); exited {
				return fmt.Errorf("%s ended: %v", name, how)
			}
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the API server is not ready after a minute: %w", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// KillAPIServer ends the API server without warning.
func (c *Cluster) KillAPIServer() {
	c.processes["apiserver"].Kill()
	delete(c.processes, "apiserver")
}

// Kubectl runs kubectl and returns what it wrote. Its exit status is an error only to those who ask for it.
func (c *Cluster) Kubectl(ctx context.Context, stdin string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.binary, append([]string{"kubectl", "--kubeconfig=" + c.path("kubeconfig."+Admin), "--cache-dir=" + c.path("kubectl")}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("kubectl %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return string(out), err
}

// Close stops everything.
func (c *Cluster) Close() {
	for _, name := range []string{"controllers", "apiserver", "etcd"} {
		if p := c.processes[name]; p != nil {
			p.Kill()
		}
	}
	c.processes = map[string]*Process{}
}

// logTail is the end of what every component wrote.
func (c *Cluster) logTail() string {
	var out strings.Builder
	for _, name := range []string{"etcd", "apiserver", "controllers"} {
		text, _ := os.ReadFile(c.path(name + ".log"))
		if len(text) > 2000 {
			text = text[len(text)-2000:]
		}
		fmt.Fprintf(&out, "--- %s\n%s\n", name, text)
	}
	return out.String()
}

// freePorts finds loopback ports below those that the kernel gives to clients, so that no connection takes one before
// its server does.
func freePorts(n int) ([]int, error) {
	var ports []int
	for range 1000 {
		port := 15000 + rand.IntN(15000)
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		defer listener.Close()
		if ports = append(ports, port); len(ports) == n {
			return ports, nil
		}
	}
	return nil, errors.New("no free ports on loopback")
}
