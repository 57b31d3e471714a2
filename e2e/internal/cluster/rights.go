package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// Rights are what a manifest allows a ServiceAccount: its ClusterRoles and their bindings. What else the manifest has is
// passed over.
type Rights struct {
	account  corev1.ServiceAccount
	roles    []rbacv1.ClusterRole
	bindings []rbacv1.ClusterRoleBinding
}

// ReadRights reads a manifest that has one ServiceAccount.
func ReadRights(path string) (*Rights, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var r Rights
	documents := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096)
	for {
		var document json.RawMessage
		if err := documents.Decode(&document); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if err := r.add(document); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	if r.account.Name == "" {
		return nil, fmt.Errorf("%s has no ServiceAccount", path)
	}
	return &r, nil
}

func (r *Rights) add(document json.RawMessage) error {
	var kind struct{ Kind string }
	if err := json.Unmarshal(document, &kind); err != nil {
		return err
	}
	switch kind.Kind {
	case "ServiceAccount":
		if r.account.Name != "" {
			return errors.New("two ServiceAccounts")
		}
		return json.Unmarshal(document, &r.account)
	case "ClusterRole":
		r.roles = append(r.roles, rbacv1.ClusterRole{})
		return json.Unmarshal(document, &r.roles[len(r.roles)-1])
	case "ClusterRoleBinding":
		r.bindings = append(r.bindings, rbacv1.ClusterRoleBinding{})
		return json.Unmarshal(document, &r.bindings[len(r.bindings)-1])
	}
	return nil
}

// grant gives the rights.
func (r *Rights) grant(ctx context.Context, admin *API) error {
	const group = "/apis/rbac.authorization.k8s.io/v1/"
	for _, role := range r.roles {
		if err := admin.Create(ctx, group+"clusterroles", role); err != nil {
			return err
		}
	}
	for _, binding := range r.bindings {
		if err := admin.Create(ctx, group+"clusterrolebindings", binding); err != nil {
			return err
		}
	}
	return nil
}

// Unused are the rights that nothing asked for, each as `VERB RESOURCE`.
func (r *Rights) Unused(used map[string]bool) []string {
	var unused []string
	for _, role := range r.roles {
		for _, rule := range role.Rules {
			for _, resource := range rule.Resources {
				for _, verb := range rule.Verbs {
					// Admission asks for this one, where an owner reference blocks its owner's deletion.
					if right := verb + " " + resource; !used[right] && !strings.HasSuffix(resource, "/finalizers") {
						unused = append(unused, right)
					}
				}
			}
		}
	}
	slices.Sort(unused)
	return unused
}
