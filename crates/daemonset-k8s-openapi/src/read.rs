//! Generated types as serde reads them, by reference: whatever reads the API's JSON reads them too.

use std::collections::BTreeMap;
use std::slice;

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, Time};
use serde::de::value::{BorrowedStrDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Visitor,
};
use serde::forward_to_deserialize_any;

/// Reads an object of [`k8s_openapi`] as a type that reads the API's JSON: those of
/// [`daemonset::api`], what the question for room reads ([`daemonset::fit`]), what explanations
/// read. It goes through the fields by reference; no JSON is made.
///
/// ```
/// use daemonset::fit::{NodeFacts, NodeRoom, PodFacts, PodNeeds};
/// use daemonset_k8s_openapi::read;
/// use k8s_openapi::api::core::v1::{Node, Pod};
///
/// /// Whether a pod would fit on a node that is empty.
/// fn fits(pod: &Pod, node: &Node) -> Result<bool, Box<dyn std::error::Error>> {
///     let needs = PodNeeds::of_pod(&read::<PodFacts>(pod)?);
///     let room = NodeRoom::new(&read::<NodeFacts>(node)?);
///     Ok(needs.fit(&room).answer == daemonset::fit::Answer::Fits)
/// }
/// # assert!(!fits(&Pod::default(), &Node::default())?, "nothing tells what the node gives");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Only fields are there that some type of these crates reads. DaemonSets and revisions are not for
/// generated types ([why](crate#daemonsets-and-controllerrevisions-are-not-for-generated-types)).
///
/// # Errors
/// A field that says something which its type does not: an amount that is none, where the API server
/// would have refused it.
pub fn read<T: DeserializeOwned>(object: &impl Object) -> Result<T, ReadError> {
    T::deserialize(At(object))
}

/// An object of [`k8s_openapi`] that [`read`] reads.
pub trait Object: Readable {}

/// Something that an object says cannot be.
pub type ReadError = serde::de::value::Error;

/// A value of a generated type.
pub trait Readable {
    /// Shows it.
    fn show<'de, V: Visitor<'de>>(&'de self, visitor: V) -> Result<V::Value, ReadError>;

    /// Whether there is one; a field that is not there is left out, as in JSON.
    fn is_there(&self) -> bool {
        true
    }

    /// Its text, where it is one.
    fn text(&self) -> Option<&str> {
        None
    }

    /// The names of the fields that are shown.
    #[cfg(test)]
    fn names(&self) -> &'static [&'static str] {
        &[]
    }
}

/// A value that is being read.
pub(crate) struct At<'de, T: ?Sized>(pub &'de T);

impl<'de, T: Readable + ?Sized> Deserializer<'de> for At<'de, T> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.0.show(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        if self.0.is_there() {
            visitor.visit_some(self)
        } else {
            visitor.visit_none()
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    #[cfg_attr(
        not(test),
        allow(unused_variables, reason = "the tests look at what is asked for")
    )]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        #[cfg(test)]
        asked::note(name, fields, self.0.names());
        self.0.show(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match self.0.text() {
            Some(word) => visitor.visit_enum(word.into_deserializer()),
            None => Err(ReadError::custom("expected a word")),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier
    }
}

impl<'de, T: Readable + ?Sized> IntoDeserializer<'de, ReadError> for At<'de, T> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl Readable for bool {
    fn show<'de, V: Visitor<'de>>(&'de self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_bool(*self)
    }
}

impl Readable for i32 {
    fn show<'de, V: Visitor<'de>>(&'de self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_i32(*self)
    }
}

impl Readable for i64 {
    fn show<'de, V: Visitor<'de>>(&'de self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_i64(*self)
    }
}

impl Readable for String {
    fn show<'de, V: Visitor<'de>>(&'de self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_borrowed_str(self)
    }

    fn text(&self) -> Option<&str> {
        Some(self)
    }
}

/// As it is written.
impl Readable for Quantity {
    fn show<'de, V: Visitor<'de>>(&'de self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_borrowed_str(&self.0)
    }
}

impl Readable for Time {
    fn show<'de, V: Visitor<'de>>(&'de self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_string(self.0.to_string())
    }
}

impl Readable for MicroTime {
    fn show<'de, V: Visitor<'de>>(&'de self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_string(self.0.to_string())
    }
}

impl<T: Readable> Readable for Option<T> {
    fn show<'de, V: Visitor<'de>>(&'de self, visitor: V) -> Result<V::Value, ReadError> {
        match self {
            Some(value) => value.show(visitor),
            None => visitor.visit_unit(),
        }
    }

    fn is_there(&self) -> bool {
        self.is_some()
    }

    fn text(&self) -> Option<&str> {
        self.as_ref()?.text()
    }

    #[cfg(test)]
    fn names(&self) -> &'static [&'static str] {
        self.as_ref().map_or(&[], Readable::names)
    }
}

impl<T: Readable> Readable for Vec<T> {
    fn show<'de, V: Visitor<'de>>(&'de self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_seq(SeqDeserializer::new(self.iter().map(At)))
    }
}

impl<T: Readable> Readable for BTreeMap<String, T> {
    fn show<'de, V: Visitor<'de>>(&'de self, visitor: V) -> Result<V::Value, ReadError> {
        let entries = self.iter();
        let entries = entries.map(|(key, value)| (BorrowedStrDeserializer::new(key), At(value)));
        visitor.visit_map(MapDeserializer::new(entries))
    }
}

/// A struct of which some fields are shown.
pub(crate) trait Fields {
    /// One of them.
    type Field: Copy + 'static;

    /// All of them, by their names in JSON.
    const ALL: &'static [(&'static str, Self::Field)];

    /// Whether the field has a value.
    fn has(&self, field: Self::Field) -> bool;

    /// Reads the field's value.
    fn value<'de, S: DeserializeSeed<'de>>(
        &'de self,
        field: Self::Field,
        seed: S,
    ) -> Result<S::Value, ReadError>;
}

/// The fields of a struct that are still to come, and the one whose name came.
pub(crate) struct Shown<'de, T: Fields> {
    object: &'de T,
    fields: slice::Iter<'static, (&'static str, T::Field)>,
    field: Option<T::Field>,
}

impl<'de, T: Fields> Shown<'de, T> {
    pub(crate) fn of(object: &'de T) -> Self {
        Self {
            object,
            fields: T::ALL.iter(),
            field: None,
        }
    }
}

impl<'de, T: Fields> MapAccess<'de> for Shown<'de, T> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ReadError> {
        let object = self.object;
        let Some((name, field)) = self.fields.find(|(_, field)| object.has(*field)) else {
            return Ok(None);
        };
        self.field = Some(*field);
        seed.deserialize(BorrowedStrDeserializer::new(name))
            .map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, ReadError> {
        let field = self.field.take().ok_or_else(no_key)?;
        self.object.value(field, seed)
    }
}

fn no_key() -> ReadError {
    ReadError::custom("expected a key before its value")
}

/// Which fields types ask for, and whether they were ever shown.
#[cfg(test)]
pub(crate) mod asked {
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    thread_local! {
        static ASKED: RefCell<BTreeMap<(&'static str, &'static str), bool>> = RefCell::default();
    }

    pub(crate) fn note(
        name: &'static str,
        fields: &'static [&'static str],
        shown: &'static [&'static str],
    ) {
        ASKED.with_borrow_mut(|asked| {
            for field in fields {
                *asked.entry((name, *field)).or_default() |= shown.contains(field);
            }
        });
    }

    pub(crate) fn never_shown() -> Vec<(&'static str, &'static str)> {
        let asked = ASKED.take().into_iter();
        let never = asked.filter(|(_, shown)| !shown);
        never.map(|(field, _)| field).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use daemonset::api;
    use daemonset::fit::{
        DisruptionBudget, LimitRange, NodeFacts, PodFacts, PriorityClass, RuntimeClass,
    };
    use daemonset_explain::evidence;
    use k8s_openapi::api::core::v1::{self, Node, Pod};
    use k8s_openapi::api::{certificates, coordination, node, policy, scheduling};
    use serde_json::{Value, json};

    use super::*;

    fn meta() -> Value {
        json!({
            "name": "a", "namespace": "n", "uid": "1", "generation": 3, "resourceVersion": "7",
            "labels": {"app": "a"}, "annotations": {"b": "c"}, "finalizers": ["d"],
            "creationTimestamp": "2026-03-01T12:00:00Z", "deletionTimestamp": "2026-03-01T12:00:01Z",
            "ownerReferences": [{
                "apiVersion": "apps/v1", "kind": "DaemonSet", "name": "a", "uid": "2",
                "controller": true, "blockOwnerDeletion": true,
            }],
        })
    }

    fn pod() -> Value {
        let selector = json!({
            "matchLabels": {"a": "b"},
            "matchExpressions": [{"key": "c", "operator": "In", "values": ["d"]}],
        });
        let among_pods = json!({"requiredDuringSchedulingIgnoredDuringExecution": [{
            "labelSelector": selector, "namespaceSelector": selector, "namespaces": ["n"],
            "topologyKey": "zone", "matchLabelKeys": ["e"], "mismatchLabelKeys": ["f"],
        }]});
        let requirement = json!({"key": "metadata.name", "operator": "In", "values": ["node-a"]});
        let amounts = json!({"requests": {"cpu": "1"}, "limits": {"memory": "1Gi"}});
        let container = json!({
            "name": "agent", "resources": amounts, "restartPolicy": "Always",
            "image": "i", "command": ["c"], "args": ["--a"], "env": [
                {"name": "A", "value": "b"}, {"name": "B", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "spec.nodeName"}}},
                {"name": "C", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k", "optional": true}}},
                {"name": "D", "valueFrom": {"configMapKeyRef": {"name": "m", "key": "k"}}},
                {"name": "E", "valueFrom": {"resourceFieldRef": {"containerName": "agent", "resource": "limits.cpu"}}},
            ],
            "restartPolicyRules": [{"action": "RestartAllContainers", "exitCodes": {"operator": "In", "values": [1]}}],
            "ports": [{"containerPort": 1, "hostPort": 2, "hostIP": "::1", "protocol": "UDP"}],
        });
        let ended = json!({
            "exitCode": 1, "signal": 9, "reason": "Error", "message": "m",
            "startedAt": "2026-03-01T12:00:02Z", "finishedAt": "2026-03-01T12:00:03Z",
        });
        let status = |state: &str, what: Value| {
            json!({
                "name": "agent", "image": "i", "imageID": "j", "ready": true, "started": true,
                "restartCount": 2, "state": {state: what}, "lastState": {"terminated": ended},
                "resources": amounts, "allocatedResources": {"cpu": "1"},
            })
        };
        json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": meta(),
            "spec": {
                "affinity": {
                    "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
                        "nodeSelectorTerms": [{"matchExpressions": [requirement], "matchFields": [requirement]}],
                    }},
                    "podAffinity": among_pods, "podAntiAffinity": among_pods,
                },
                "containers": [container], "initContainers": [container],
                "nodeName": "node-a", "nodeSelector": {"disk": "ssd"}, "overhead": {"cpu": "10m"},
                "resources": amounts, "hostNetwork": true, "hostUsers": false, "priority": 5,
                "priorityClassName": "high", "preemptionPolicy": "Never", "runtimeClassName": "kata",
                "schedulerName": "mine", "schedulingGates": [{"name": "g"}],
                "readinessGates": [{"conditionType": "h"}],
                "resourceClaims": [{"name": "k"}],
                "tolerations": [{"key": "t", "operator": "Exists", "value": "v", "effect": "NoExecute", "tolerationSeconds": 7}],
                "topologySpreadConstraints": [{"topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "maxSkew": 1}],
                "volumes": [
                    {"name": "p", "persistentVolumeClaim": {"claimName": "c"}}, {"name": "e", "ephemeral": {}},
                    {"name": "g", "gcePersistentDisk": {"pdName": "d"}}, {"name": "h", "hostPath": {"path": "/"}},
                    {"name": "w", "awsElasticBlockStore": {"volumeID": "d"}},
                    {"name": "z", "azureDisk": {"diskName": "d", "diskURI": "u"}},
                    {"name": "c", "cinder": {"volumeID": "d"}}, {"name": "v", "vsphereVolume": {"volumePath": "d"}},
                    {"name": "x", "portworxVolume": {"volumeID": "d"}},
                    {"name": "i", "iscsi": {"iqn": "q", "lun": 1, "targetPortal": "t"}},
                    {"name": "r", "rbd": {"image": "i", "monitors": []}},
                ],
            },
            "status": {
                "phase": "Running", "reason": "r", "message": "m", "nominatedNodeName": "node-b",
                "startTime": "2026-03-01T12:00:04Z", "resources": amounts, "allocatedResources": {"cpu": "1"},
                "conditions": [{
                    "type": "Ready", "status": "True", "reason": "r", "message": "m",
                    "lastTransitionTime": "2026-03-01T12:00:05Z",
                }],
                "containerStatuses": [status("waiting", json!({"reason": "r", "message": "m"}))],
                "initContainerStatuses": [
                    status("terminated", ended.clone()),
                    status("running", json!({"startedAt": "2026-03-01T12:00:06Z"})),
                ],
            },
        })
    }

    fn node() -> Value {
        json!({
            "apiVersion": "v1", "kind": "Node", "metadata": meta(),
            "spec": {"providerID": "aws:///eu-west-1a/i-0a1b", "unschedulable": true, "taints": [
                {"key": "k", "value": "v", "effect": "NoExecute", "timeAdded": "2026-03-01T12:00:00Z"},
            ]},
            "status": {
                "allocatable": {"cpu": "2"}, "capacity": {"cpu": "3"},
                "nodeInfo": {
                    "architecture": "amd64", "bootID": "b", "containerRuntimeVersion": "containerd://2.1.4",
                    "kernelVersion": "6.12.0", "kubeProxyVersion": "", "kubeletVersion": "v1.36.3",
                    "machineID": "m", "operatingSystem": "linux", "osImage": "Debian", "systemUUID": "s",
                },
                "conditions": [{
                    "type": "Ready", "status": "True", "reason": "r", "message": "m",
                    "lastHeartbeatTime": "2026-03-01T12:00:00Z",
                    "lastTransitionTime": "2026-03-01T12:00:01Z",
                }],
            },
        })
    }

    /// Reads the same of the object as of its JSON, which the version of Kubernetes may have fewer
    /// fields of.
    fn alike<K, T>(json: &Value)
    where
        K: Object + DeserializeOwned + serde::Serialize,
        T: DeserializeOwned + fmt::Debug,
    {
        let object: K = serde_json::from_value(json.clone()).unwrap();
        let json = serde_json::to_value(&object).unwrap();
        let expected: T = serde_json::from_value(json).unwrap();
        let read: T = read(&object).unwrap();
        assert_eq!(format!("{read:?}"), format!("{expected:?}"));
    }

    #[test]
    fn all_that_is_read_is_shown() {
        alike::<Pod, api::Pod>(&pod());
        alike::<Pod, PodFacts>(&pod());
        alike::<Pod, evidence::PodEvidence>(&pod());
        alike::<Node, api::Node>(&node());
        alike::<Node, NodeFacts>(&node());
        alike::<Node, evidence::NodeEvidence>(&node());
        let class = json!({
            "metadata": meta(), "value": 7, "globalDefault": true, "preemptionPolicy": "Never",
        });
        alike::<scheduling::v1::PriorityClass, PriorityClass>(&class);
        alike::<scheduling::v1::PriorityClass, evidence::PriorityClassName>(&class);
        alike::<node::v1::RuntimeClass, RuntimeClass>(&json!({
            "metadata": meta(), "handler": "h", "overhead": {"podFixed": {"cpu": "1"}},
            "scheduling": {"nodeSelector": {"a": "b"}, "tolerations": [{"operator": "Exists"}]},
        }));
        let amounts = json!({"cpu": "1"});
        alike::<v1::LimitRange, LimitRange>(&json!({
            "metadata": meta(),
            "spec": {"limits": [{
                "type": "Container", "default": amounts, "defaultRequest": amounts, "max": amounts, "min": amounts,
            }]},
        }));
        alike::<policy::v1::PodDisruptionBudget, DisruptionBudget>(&json!({
            "metadata": meta(), "spec": {"selector": {"matchLabels": {"a": "b"}}},
            "status": {
                "disruptionsAllowed": 3, "disruptedPods": {"a": "2026-03-01T12:00:00Z"},
                "currentHealthy": 1, "desiredHealthy": 1, "expectedPods": 1,
            },
        }));
        alike::<coordination::v1::Lease, evidence::Lease>(&json!({
            "metadata": meta(),
            "spec": {"holderIdentity": "h", "renewTime": "2026-03-01T12:00:00.000001Z"},
        }));
        alike::<certificates::v1::CertificateSigningRequest, evidence::CertificateRequest>(
            &json!({
                "metadata": meta(),
                "spec": {
                    "signerName": "kubernetes.io/kube-apiserver-client-kubelet", "username": "system:node:a", "request": "",
                },
                "status": {"conditions": [{"type": "Approved", "status": "True"}]},
            }),
        );
        alike::<v1::Namespace, evidence::Namespace>(&json!({
            "metadata": {"name": "n", "labels": {"pod-security.kubernetes.io/enforce": "baseline"}},
            "status": {"phase": "Terminating"},
        }));
        for spec in [
            json!({"hard": {"pods": "1"}}),
            json!({"scopes": ["BestEffort"]}),
            json!({"scopeSelector": {}}),
        ] {
            let quota = json!({
                "metadata": meta(), "spec": spec,
                "status": {"hard": {"pods": "2"}, "used": {"pods": "1"}},
            });
            alike::<v1::ResourceQuota, evidence::ResourceQuota>(&quota);
        }
        alike::<v1::Event, evidence::Event>(&json!({
            "metadata": meta(), "reason": "r", "message": "m", "type": "Warning", "count": 3,
            "involvedObject": {"kind": "Pod", "namespace": "n", "name": "a", "uid": "1"},
            "eventTime": "2026-03-01T12:00:00.000001Z", "firstTimestamp": "2026-03-01T12:00:00Z",
            "lastTimestamp": "2026-03-01T12:00:01Z",
            "series": {"count": 4, "lastObservedTime": "2026-03-01T12:00:02.000000Z"},
            "source": {"component": "kubelet", "host": "b"}, "reportingInstance": "b",
        }));

        let mut missing = asked::never_shown();
        // Of the other kind of events, `events.k8s.io`.
        let of_events = ["regarding", "note"];
        missing.retain(|(_, field)| !of_events.contains(field) && !field.starts_with("deprecated"));
        // A label, which is the key of a map.
        missing.retain(|(_, field)| !field.contains('/'));
        k8s_openapi::k8s_if_le_1_33! {
            missing.retain(|(_, field)| *field != "restartPolicyRules");
        }
        assert_eq!(missing, [], "read, and not shown");
    }

    #[test]
    fn what_cannot_be_is_an_error() {
        let pod: Pod = serde_json::from_value(json!({
            "spec": {"containers": [{"name": "a", "resources": {"requests": {"cpu": "lots"}}}]},
        }))
        .unwrap();
        let error = read::<PodFacts>(&pod).unwrap_err().to_string();
        assert!(error.contains("lots"), "{error}");
        assert!(read::<api::Pod>(&pod).is_ok());
    }
}
