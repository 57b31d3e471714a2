package recording

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"strings"
)

// Names gives what a run names at random the names that all runs share.
type Names interface {
	// UID names the object with this UID.
	UID(uid string) string
	// Revision names the ControllerRevision that has or had this name.
	Revision(namespace, name string) (string, bool)
}

// Fields that say when something was, and nothing else.
var times = map[string]bool{
	"creationTimestamp": true, "deletionTimestamp": true, "lastTransitionTime": true, "lastHeartbeatTime": true,
	"startTime": true, "startedAt": true, "timeAdded": true,
}

const hashLabel = "controller-revision-hash"

// Neutral is an object without its times, its UID and versions, random names, and who wrote it when: the rest is what
// two controllers must agree on. The object is changed in place.
func Neutral(names Names, object map[string]any) map[string]any {
	meta := object["metadata"].(map[string]any)
	namespace, _ := meta["namespace"].(string)
	name, _ := meta["name"].(string)
	generate, _ := meta["generateName"].(string)
	node := target(object)

	delete(meta, "uid")
	delete(meta, "resourceVersion")
	delete(meta, "managedFields")
	prefix := generate
	if owners, ok := meta["ownerReferences"].([]any); ok {
		for _, o := range owners {
			owner := o.(map[string]any)
			owner["uid"] = names.UID(owner["uid"].(string))
			if set, _ := owner["name"].(string); owner["kind"] == "DaemonSet" && prefix == "" {
				prefix = set + "-" // Of a pod that people made.
			}
		}
	}
	if object["kind"] == "ControllerRevision" {
		// Its name holds its hash; that the name is made of both is part of what is compared.
		hash := ""
		if labels, ok := meta["labels"].(map[string]any); ok {
			hash, _ = labels[hashLabel].(string)
		}
		if symbol, ok := names.Revision(namespace, name); ok {
			meta["name"] = symbol
			if hash != "" && strings.HasSuffix(name, "-"+hash) {
				meta["name"] = symbol + " (named by its hash)"
			}
		}
		prefix = strings.TrimSuffix(name, hash)
	}
	if labels, ok := meta["labels"].(map[string]any); ok {
		if hash, ok := labels[hashLabel].(string); ok {
			labels[hashLabel] = revision(names, namespace, prefix, hash)
		}
	}
	if generate != "" && RandomName(generate).MatchString(name) && object["kind"] == "Pod" {
		meta["name"] = generate + "*"
	}
	neutralise(object, node)
	return object
}

// revision names the revision that a hash label means: by the name that the hash is a part of, or is.
func revision(names Names, namespace, prefix, hash string) string {
	for _, name := range []string{prefix + hash, hash} {
		if symbol, ok := names.Revision(namespace, name); ok {
			return symbol
		}
	}
	return hash
}

// RandomName matches what the API server makes of a generateName.
func RandomName(generate string) *regexp.Regexp {
	return regexp.MustCompile(regexp.QuoteMeta(generate) + "[bcdfghjklmnpqrstvwxz2456789]{5}")
}

// target is the name of a pod's node, or of the one that it is meant for.
func target(object map[string]any) string {
	if object["kind"] != "Pod" {
		return ""
	}
	spec := object["spec"].(map[string]any)
	if node, ok := spec["nodeName"].(string); ok {
		return node
	}
	return NodeOfAffinity(spec)
}

// NodeOfAffinity is the first node that a pod's required node affinity names; empty if it names none.
func NodeOfAffinity(spec map[string]any) string {
	at := func(value any, key string) any {
		m, _ := value.(map[string]any)
		return m[key]
	}
	required := at(at(at(spec, "affinity"), "nodeAffinity"), "requiredDuringSchedulingIgnoredDuringExecution")
	terms, _ := at(required, "nodeSelectorTerms").([]any)
	for _, term := range terms {
		fields, _ := at(term, "matchFields").([]any)
		for _, field := range fields {
			if values, ok := at(field, "values").([]any); ok && len(values) == 1 {
				node, _ := values[0].(string)
				return node
			}
		}
	}
	return ""
}

// neutralise replaces times, and the name of the pod's node in the two places where it belongs.
func neutralise(value any, node string) {
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			switch {
			case times[key] && inner != nil:
				v[key] = "(time)"
			case key == "nodeName" && node != "" && inner == node:
				v[key] = "(node)"
			case key == "matchFields" && node != "":
				nameNode(inner, node)
			default:
				neutralise(inner, node)
			}
		}
	case []any:
		for _, inner := range v {
			neutralise(inner, node)
		}
	}
}

func nameNode(fields any, node string) {
	list, _ := fields.([]any)
	for _, field := range list {
		m, _ := field.(map[string]any)
		values, _ := m["values"].([]any)
		for i := range values {
			if values[i] == node {
				values[i] = "(node)"
			}
		}
	}
}

// Digest names an object by its content and keeps it.
func Digest(objects map[string]any, object any) string {
	text, err := json.Marshal(object)
	if err != nil {
		panic(err) // It was read from JSON.
	}
	sum := sha256.Sum256(text)
	digest := hex.EncodeToString(sum[:8])
	objects[digest] = object
	return digest
}
