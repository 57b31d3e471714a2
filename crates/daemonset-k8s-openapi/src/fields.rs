//! Which fields of the generated types are shown to those who read: all that some type of these
//! crates reads. What is read and not shown, a test tells.

use k8s_openapi::api::certificates::v1::{
    CertificateSigningRequest, CertificateSigningRequestCondition, CertificateSigningRequestSpec,
    CertificateSigningRequestStatus,
};
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::api::core::v1::{
    AWSElasticBlockStoreVolumeSource, Affinity, AzureDiskVolumeSource, CinderVolumeSource,
    ConfigMapKeySelector, Container, ContainerPort, ContainerState, ContainerStateRunning,
    ContainerStateTerminated, ContainerStateWaiting, ContainerStatus, EnvVar, EnvVarSource,
    EphemeralVolumeSource, Event, EventSeries, EventSource, GCEPersistentDiskVolumeSource,
    ISCSIVolumeSource, LimitRange, LimitRangeItem, LimitRangeSpec, Namespace, NamespaceStatus,
    Node, NodeAffinity, NodeCondition, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm,
    NodeSpec, NodeStatus, NodeSystemInfo, ObjectFieldSelector, ObjectReference,
    PersistentVolumeClaimVolumeSource, Pod, PodAffinity, PodAffinityTerm, PodAntiAffinity,
    PodCondition, PodReadinessGate, PodResourceClaim, PodSchedulingGate, PodSpec, PodStatus,
    PortworxVolumeSource, RBDVolumeSource, ResourceFieldSelector, ResourceQuota, ResourceQuotaSpec,
    ResourceQuotaStatus, ResourceRequirements, ScopeSelector, SecretKeySelector, Taint, Toleration,
    TopologySpreadConstraint, Volume, VsphereVirtualDiskVolumeSource,
};
use k8s_openapi::api::node::v1::{Overhead, RuntimeClass, Scheduling};
use k8s_openapi::api::policy::v1::{
    PodDisruptionBudget, PodDisruptionBudgetSpec, PodDisruptionBudgetStatus,
};
use k8s_openapi::api::scheduling::v1::PriorityClass;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{
    LabelSelector, LabelSelectorRequirement, ObjectMeta, OwnerReference,
};
use serde::de::{DeserializeSeed, Visitor};

use crate::read::{At, Fields, Object, ReadError, Readable, Shown};

/// `Type { field, field as "nameInJson" }`, and behind a semicolon fields that only some versions of
/// Kubernetes have: functions that give them.
macro_rules! fields {
    ($($type:ident {
        $($field:ident $(as $name:literal)?),* $(; $($get:ident as $got:literal),*)?
    })*) => {$(
        const _: () = {
            #[derive(Clone, Copy)]
            #[allow(non_camel_case_types, reason = "called as the fields are")]
            pub enum Field {
                $($field,)*
                $($($get,)*)?
            }

            impl Fields for $type {
                type Field = Field;

                const ALL: &'static [(&'static str, Field)] = &[
                    $((name!($field $($name)?), Field::$field),)*
                    $($(($got, Field::$get),)*)?
                ];

                fn has(&self, field: Field) -> bool {
                    match field {
                        $(Field::$field => self.$field.is_there(),)*
                        $($(Field::$get => $get(self).is_there(),)*)?
                    }
                }

                fn value<'de, S: DeserializeSeed<'de>>(
                    &'de self,
                    field: Field,
                    seed: S,
                ) -> Result<S::Value, ReadError> {
                    match field {
                        $(Field::$field => seed.deserialize(At(&self.$field)),)*
                        $($(Field::$get => seed.deserialize(At($get(self))),)*)?
                    }
                }
            }
        };

        impl Readable for $type {
            fn show<'de, V: Visitor<'de>>(&'de self, visitor: V) -> Result<V::Value, ReadError> {
                visitor.visit_map(Shown::of(self))
            }

            #[cfg(test)]
            fn names(&self) -> &'static [&'static str] {
                &[$(name!($field $($name)?),)* $($($got,)*)?]
            }
        }
    )*};
}

macro_rules! name {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $name:literal) => {
        $name
    };
}

/// Of which only matters that they are there.
macro_rules! closed {
    ($($type:ident),* $(,)?) => {$(
        impl Readable for $type {
            fn show<'de, V: Visitor<'de>>(&'de self, visitor: V) -> Result<V::Value, ReadError> {
                visitor.visit_map(serde::de::value::MapDeserializer::new(
                    std::iter::empty::<(&str, &str)>(),
                ))
            }
        }
    )*};
}

macro_rules! objects {
    ($($type:ident),* $(,)?) => {$(impl Object for $type {})*};
}

objects!(
    CertificateSigningRequest,
    Event,
    Lease,
    LimitRange,
    Namespace,
    Node,
    Pod,
    PodDisruptionBudget,
    PriorityClass,
    ResourceQuota,
    RuntimeClass,
);

fields! {
    ObjectMeta {
        name, namespace, uid, generation, labels, annotations, finalizers,
        creation_timestamp as "creationTimestamp",
        deletion_timestamp as "deletionTimestamp",
        owner_references as "ownerReferences"
    }
    OwnerReference {
        kind, name, uid, controller,
        api_version as "apiVersion",
        block_owner_deletion as "blockOwnerDeletion"
    }
    LabelSelector { match_labels as "matchLabels", match_expressions as "matchExpressions" }
    LabelSelectorRequirement { key, operator, values }

    Node { metadata, spec, status }
    NodeSpec { taints, unschedulable, provider_id as "providerID" }
    Taint { key, value, effect, time_added as "timeAdded" }
    NodeStatus { allocatable, capacity, conditions, node_info as "nodeInfo" }
    NodeSystemInfo {
        container_runtime_version as "containerRuntimeVersion",
        kernel_version as "kernelVersion",
        kubelet_version as "kubeletVersion",
        os_image as "osImage"
    }
    NodeCondition {
        type_ as "type", status, reason, message,
        last_heartbeat_time as "lastHeartbeatTime",
        last_transition_time as "lastTransitionTime"
    }

    Pod { metadata, spec, status }
    PodSpec {
        affinity, containers, overhead, priority, resources, tolerations, volumes,
        host_network as "hostNetwork",
        host_users as "hostUsers",
        init_containers as "initContainers",
        node_name as "nodeName",
        node_selector as "nodeSelector",
        preemption_policy as "preemptionPolicy",
        priority_class_name as "priorityClassName",
        readiness_gates as "readinessGates",
        resource_claims as "resourceClaims",
        runtime_class_name as "runtimeClassName",
        scheduler_name as "schedulerName",
        scheduling_gates as "schedulingGates",
        topology_spread_constraints as "topologySpreadConstraints"
    }
    Container {
        name, args, command, env, image, ports, resources, restart_policy as "restartPolicy";
        restart_policy_rules as "restartPolicyRules"
    }
    EnvVar { name, value, value_from as "valueFrom" }
    EnvVarSource {
        config_map_key_ref as "configMapKeyRef",
        field_ref as "fieldRef",
        resource_field_ref as "resourceFieldRef",
        secret_key_ref as "secretKeyRef"
    }
    ConfigMapKeySelector { key, name, optional }
    SecretKeySelector { key, name, optional }
    ObjectFieldSelector { api_version as "apiVersion", field_path as "fieldPath" }
    ResourceFieldSelector { container_name as "containerName", resource }
    ContainerPort {
        protocol, container_port as "containerPort", host_port as "hostPort", host_ip as "hostIP"
    }
    ResourceRequirements { requests, limits }
    Toleration { key, operator, value, effect, toleration_seconds as "tolerationSeconds" }
    Affinity {
        node_affinity as "nodeAffinity",
        pod_affinity as "podAffinity",
        pod_anti_affinity as "podAntiAffinity"
    }
    NodeAffinity {
        required_during_scheduling_ignored_during_execution
            as "requiredDuringSchedulingIgnoredDuringExecution"
    }
    NodeSelector { node_selector_terms as "nodeSelectorTerms" }
    NodeSelectorTerm { match_expressions as "matchExpressions", match_fields as "matchFields" }
    NodeSelectorRequirement { key, operator, values }
    PodAffinity {
        required_during_scheduling_ignored_during_execution
            as "requiredDuringSchedulingIgnoredDuringExecution"
    }
    PodAntiAffinity {
        required_during_scheduling_ignored_during_execution
            as "requiredDuringSchedulingIgnoredDuringExecution"
    }
    PodAffinityTerm {
        namespaces,
        label_selector as "labelSelector",
        namespace_selector as "namespaceSelector",
        topology_key as "topologyKey",
        match_label_keys as "matchLabelKeys",
        mismatch_label_keys as "mismatchLabelKeys"
    }
    TopologySpreadConstraint {
        topology_key as "topologyKey", when_unsatisfiable as "whenUnsatisfiable"
    }
    PodReadinessGate { condition_type as "conditionType" }
    PodResourceClaim { name }
    PodSchedulingGate { name }
    Volume {
        name, cinder, ephemeral, iscsi, rbd,
        persistent_volume_claim as "persistentVolumeClaim",
        gce_persistent_disk as "gcePersistentDisk",
        aws_elastic_block_store as "awsElasticBlockStore",
        azure_disk as "azureDisk",
        vsphere_volume as "vsphereVolume",
        portworx_volume as "portworxVolume"
    }
    PodStatus {
        phase, conditions, message, reason,
        container_statuses as "containerStatuses",
        init_container_statuses as "initContainerStatuses",
        nominated_node_name as "nominatedNodeName",
        start_time as "startTime";
        given_resources as "resources", allocated_resources as "allocatedResources"
    }
    PodCondition {
        type_ as "type", status, reason, message, last_transition_time as "lastTransitionTime"
    }
    ContainerStatus {
        name, ready, resources, started, state,
        allocated_resources as "allocatedResources",
        image_id as "imageID",
        last_state as "lastState",
        restart_count as "restartCount"
    }
    ContainerState { running, terminated, waiting }
    ContainerStateRunning { started_at as "startedAt" }
    ContainerStateTerminated {
        reason, message, signal,
        exit_code as "exitCode",
        started_at as "startedAt",
        finished_at as "finishedAt"
    }
    ContainerStateWaiting { reason, message }

    Event {
        metadata, reason, message, type_ as "type", count, series, source,
        involved_object as "involvedObject",
        event_time as "eventTime",
        first_timestamp as "firstTimestamp",
        last_timestamp as "lastTimestamp",
        reporting_instance as "reportingInstance"
    }
    EventSource { host }
    EventSeries { count, last_observed_time as "lastObservedTime" }
    ObjectReference { kind, namespace, name, uid }
    Lease { metadata, spec }
    CertificateSigningRequest { metadata, spec, status }
    CertificateSigningRequestSpec { signer_name as "signerName", username }
    CertificateSigningRequestStatus { conditions }
    CertificateSigningRequestCondition { type_ as "type" }
    LeaseSpec { holder_identity as "holderIdentity", renew_time as "renewTime" }
    Namespace { metadata, status }
    NamespaceStatus { phase }
    ResourceQuota { metadata, spec, status }
    ResourceQuotaSpec { hard, scopes, scope_selector as "scopeSelector" }
    ResourceQuotaStatus { hard, used }
    PriorityClass {
        metadata, value, global_default as "globalDefault", preemption_policy as "preemptionPolicy"
    }
    RuntimeClass { metadata, overhead, scheduling }
    Overhead { pod_fixed as "podFixed" }
    Scheduling { node_selector as "nodeSelector", tolerations }
    LimitRange { metadata, spec }
    LimitRangeSpec { limits }
    LimitRangeItem {
        type_ as "type", default, default_request as "defaultRequest", max, min,
        max_limit_request_ratio as "maxLimitRequestRatio"
    }
    PodDisruptionBudget { metadata, spec, status }
    PodDisruptionBudgetSpec { selector }
    PodDisruptionBudgetStatus {
        disruptions_allowed as "disruptionsAllowed", disrupted_pods as "disruptedPods"
    }
}

closed!(
    AWSElasticBlockStoreVolumeSource,
    AzureDiskVolumeSource,
    CinderVolumeSource,
    EphemeralVolumeSource,
    GCEPersistentDiskVolumeSource,
    ISCSIVolumeSource,
    PersistentVolumeClaimVolumeSource,
    PortworxVolumeSource,
    RBDVolumeSource,
    ScopeSelector,
    VsphereVirtualDiskVolumeSource,
);

/// In place of a field that the version of Kubernetes does not have.
#[allow(dead_code, reason = "the newest versions have them all")]
static NONE: Option<String> = None;

k8s_openapi::k8s_if_ge_1_34! {
    use k8s_openapi::api::core::v1::ContainerRestartRule;

    fields! { ContainerRestartRule { action } }

    fn restart_policy_rules(container: &Container) -> &impl Readable {
        &container.restart_policy_rules
    }
}

k8s_openapi::k8s_if_le_1_33! {
    fn restart_policy_rules(_: &Container) -> &'static Option<String> {
        &NONE
    }
}

k8s_openapi::k8s_if_ge_1_35! {
    fn given_resources(status: &PodStatus) -> &impl Readable {
        &status.resources
    }

    fn allocated_resources(status: &PodStatus) -> &impl Readable {
        &status.allocated_resources
    }
}

k8s_openapi::k8s_if_le_1_34! {
    fn given_resources(_: &PodStatus) -> &'static Option<String> {
        &NONE
    }

    fn allocated_resources(_: &PodStatus) -> &'static Option<String> {
        &NONE
    }
}
