//! The network of pods: its plugins, their agents, addresses and tunnels.

use super::Place::{Kubelet, Program};
use super::Supply;
use super::row::{Owner, Row, agent, as_root, by_ssh, load, on_node, pod_of, pods_on_node};
use super::taken::{Kind, Take};

pub(super) const ROWS: &[Row] = &[
    Row::new("podRange", Owner::Cluster)
        .by(&[&["ailed to get pod CIDR from node spec"], &["odCIDR is empty"], &["podCIDR not set"], &["PodCIDR not set"], 
            &["pod cidr not assigned"],
            &["podCIDR", "not", "assigned"],
            &["PodCIDR", "not", "set"],
            &["CIDRNotAvailable"],
            &["cannot get podCIDR"],
            &["required IPv4 PodCIDR not available"],
            &["required IPv6 PodCIDR not available"],
        ])
        .lacks("a range of pod addresses (spec.podCIDR)")
        .todo(
            "let {nodes} have a range for pods (spec.podCIDR is empty): the range of the cluster is used up or none is \
             given out; widen --cluster-cidr of kube-controller-manager (with --allocate-node-cidrs) or make the ranges \
             of nodes smaller (--node-cidr-mask-size); event CIDRNotAvailable of the node tells which",
        )
        .commands(&["kubectl get nodes -o custom-columns=NAME:.metadata.name,PODCIDR:.spec.podCIDR\n\
             kubectl get events -A --field-selector involvedObject.kind=Node,reason=CIDRNotAvailable"]),
    Row::new("awsAddresses", Owner::Node)
        .by(&[&["failed to assign an IP address to container"]])
        .heard(&[Kubelet])
        .lacks("IP addresses for pods")
        .todo(
            "find out why the VPC CNI has no IP address for a pod on {nodes}: the subnet has none left, ipamd gets none (its log says why, which is /var/log/aws-routed-eni/ipamd.log on the node, or that of aws-node where \
             AWS_VPC_K8S_CNI_LOG_FILE is stdout), or the node is at its limit (not where few pods there have an address of their own): then move other pods away, or let the CNI take prefixes (ENABLE_PREFIX_DELEGATION, \
             on Nitro machines, for nodes that are made anew with a higher max-pods: to set it replaces the pods of aws-node on all nodes)",
        )
        .commands(&[concat!(
            "aws ec2 describe-subnets --query 'Subnets[].[SubnetId,CidrBlock,AvailableIpAddressCount]'\n",
            pods_on_node!(),
            "\n",
            on_node!("tail -n 50 /host/var/log/aws-routed-eni/ipamd.log"),
            "\nkubectl logs -n kube-system -l k8s-app=aws-node -c aws-node --prefix --tail=50"
        )]),
    Row::new("addressRange", Owner::Node)
        .by(&[
            &["no IP addresses available in range set"],
            &["no IP addresses available in network"],
            &["ould not allocate IP in range"],
        ])
        .heard(&[Kubelet])
        .takes(&[
            Take::after("network", Kind::Name, &["available in network: "]),
            Take::after("range", Kind::Word, &["in range set: ", "IP in range: "]),
        ])
        .lacks("IP addresses for pods: range {range|of the network} is used up")
        .todo(
            "widen the range of the network ({range|its IPAM configuration}; of a further interface in its NetworkAttachmentDefinition, of the pod network as the range of the node), move \
             other pods away from {nodes}, or free what it still holds: files of pods that are gone, under /var/lib/cni/networks there (of Whereabouts, its objects IPPool)",
        )
        .commands(&[concat!(
            on_node!("sh -c 'cd /host/var/lib/cni/networks && for it in *; do echo $it $(ls $it | wc -l); done'"),
            "\nkubectl get network-attachment-definitions -A -o yaml\n",
            pods_on_node!()
        )]),
    Row::new("addresses", Owner::Node)
        .by(&[
            &["no IP addresses available"],
            &["no available IP"],
            &["range is full"],
            &["InsufficientFreeAddresses"],
            &["No more IPs available"],
            &["no free IP"],
            &["ailed to allocate address", "exhausted"],
            &["IPAM", "exhausted"],
            &["no addresses available in"],
            &["IP pool", "full"],
            &["No available addresses"],
        ])
        .heard(&[Kubelet])
        .lacks("IP addresses for pods")
        .todo(
            "give {nodes} IP addresses for more pods: move other pods away, widen the range or the subnet, or free what the \
             network plugin (CNI) still holds (host-local: files of pods that are gone, under /var/lib/cni/networks)",
        )
        .commands(&[pods_on_node!()]),
    Row::new("subnet", Owner::Cluster)
        .by(&[&["InsufficientFreeAddresses"]])
        .heard(&[Kubelet, Program])
        .lacks("free IP addresses in the subnet")
        .todo("give the nodes a subnet with free addresses (another or a further one, or prefixes): that of {nodes} has none left")
        .commands(&["aws ec2 describe-subnets --query 'Subnets[].[SubnetId,CidrBlock,AvailableIpAddressCount]'"]),
    Row::new("calicoPools", Owner::Cluster)
        .by(&[&["no configured Calico pools"]])
        .lacks("a pool of addresses (IPPool) for the node")
        .todo("let an IPPool of Calico be for {nodes}: enabled, and with a nodeSelector that selects it")
        .commands(&["kubectl get ippools -o yaml\nkubectl edit ippools"]),
    Row::new("awsAgent", Owner::Node)
        .brought_as(Supply::PodNetwork)
        .by(&[&["127.0.0.1:50051", "connection refused"]])
        .heard(&[Kubelet])
        .lacks("an answer of the VPC CNI's own pod (aws-node)")
        .todo("get the pod of aws-node on {nodes} to run: it does not answer the network plugin at 127.0.0.1:50051")
        .commands(&[agent!("k8s-app=aws-node")]),
    Row::new("azureAgent", Owner::Node)
        .brought_as(Supply::PodNetwork)
        .by(&[
            &["localhost:10090", "connection refused"],
            &["127.0.0.1:10090", "connection refused"],
        ])
        .heard(&[Kubelet])
        .lacks("an answer of Azure's own pod (azure-cns)")
        .todo("get the pod of azure-cns on {nodes} to run: it does not answer the network plugin at port 10090")
        .commands(&[agent!("k8s-app=azure-cns")]),
    Row::new("ovnAgent", Owner::Node)
        .brought_as(Supply::PodNetwork)
        .by(&[
            &["timed out waiting for OVS port binding"],
            &["ovn-kubernetes", "i/o timeout"],
            &["ovn-cni-server.sock"],
        ])
        .heard(&[Kubelet])
        .lacks("an answer of OVN-Kubernetes' own pod")
        .todo("read the log of OVN-Kubernetes' pod on {nodes} (ovnkube-node, ovn-controller): it does not set the pod's port up in time")
        .commands(&[pod_of!("ovnpod"), pods_on_node!()]),
    Row::new("multus", Owner::Node)
        .brought_as(Supply::PodNetwork)
        .by(&[
            &["eadinessindicatorfile"],
            &["eadinessIndicatorFile"],
        ])
        .heard(&[Kubelet])
        .lacks("the default network that Multus waits for")
        .todo(
            "get the default network plugin of {nodes} to work, and Multus' own pod there: Multus waits for the file that \
             the default one writes when it is ready",
        )
        .commands(&[pods_on_node!()]),
    Row::new("multusDaemon", Owner::Node)
        .brought_as(Supply::PodNetwork)
        .by(&[&["multus.sock"]])
        .heard(&[Kubelet])
        .lacks("an answer of Multus' own pod")
        .todo("get Multus' pod on {nodes} to run: it does not answer the network plugin at its socket (multus.sock)")
        .commands(&[pod_of!("multuspod"), agent!("app=multus")]),
    Row::new("flannelSubnet", Owner::Node)
        .brought_as(Supply::PodNetwork)
        .by(&[&["/run/flannel/subnet.env"]])
        .heard(&[Kubelet])
        .lacks("what flannel's pod writes when it runs")
        .todo(
            "get flannel's pod on {nodes} to run: it writes /run/flannel/subnet.env, and no pod network is set up before \
             (in k3s the k3s service itself does)",
        )
        .commands(&[pod_of!("flannelpod"), agent!("app=flannel")]),
    Row::new("calicoNode", Owner::Node)
        .brought_as(Supply::PodNetwork)
        .by(&[
            &["calico/node container is running"],
            &["/var/lib/calico/nodename", "no such file"],
        ])
        .heard(&[Kubelet])
        .lacks("a calico-node that runs")
        .todo("get the pod of calico-node on {nodes} to run: it writes /var/lib/calico/nodename")
        .commands(&[agent!("k8s-app=calico-node")]),
    Row::new("ciliumAgent", Owner::Node)
        .brought_as(Supply::PodNetwork)
        .by(&[
            &["nable to connect to Cilium"],
            &["Cilium API client timeout exceeded"],
            &["/var/run/cilium/cilium.sock"],
        ])
        .heard(&[Kubelet])
        .lacks("a Cilium agent that answers")
        .todo("get Cilium's pod on {nodes} to run: its agent does not answer the network plugin")
        .commands(&[agent!("k8s-app=cilium")]),
    Row::new("antreaAgent", Owner::Node)
        .brought_as(Supply::PodNetwork)
        .by(&[&["/antrea/cni.sock"]])
        .heard(&[Kubelet])
        .lacks("an answer of Antrea's agent")
        .todo("get the pod of antrea-agent on {nodes} to run: it does not answer the network plugin at its socket (/var/run/antrea/cni.sock)")
        .commands(&[agent!("component=antrea-agent")]),
    Row::new("weaveAgent", Owner::Node)
        .brought_as(Supply::PodNetwork)
        .by(&[&["127.0.0.1:6784"]])
        .heard(&[Kubelet])
        .lacks("an answer of Weave Net's own pod")
        .todo("get the pod of weave-net on {nodes} to run: it does not answer the network plugin at 127.0.0.1:6784")
        .commands(&[agent!("name=weave-net")]),
    Row::new("kubeOvnAgent", Owner::Node)
        .brought_as(Supply::PodNetwork)
        .by(&[&["kube-ovn-daemon.sock"]])
        .heard(&[Kubelet])
        .lacks("an answer of Kube-OVN's own pod")
        .todo("get the pod of kube-ovn-cni on {nodes} to run: it does not answer the network plugin at its socket (kube-ovn-daemon.sock)")
        .commands(&[agent!("app=kube-ovn-cni")]),
    // It is chained to a network that another one brings.
    Row::new("istioAgent", Owner::Node)
        .by(&[
            &["istio-cni/pluginevent.sock"],
            &["failed to contact node Istio CNI agent"],
            &["unable to push CNI event"],
        ])
        .unless(&["no ztunnel connection"])
        .heard(&[Kubelet])
        .lacks("a good answer of istio-cni's own pod")
        .todo("get the pod of istio-cni-node on {nodes} to answer the network plugin, which asks it before it adds a pod to the mesh: its log says what it fails for")
        .commands(&[agent!("k8s-app=istio-cni-node")]),
    Row::new("bridgeAddress", Owner::Node)
        .by(&[&["already has an IP address different from"]])
        .heard(&[Kubelet])
        .takes(&[
            Take::after("bridge", Kind::Name, &["set bridge addr: \""]),
            Take::after("range", Kind::Word, &["different from "]),
        ])
        .lacks("a bridge with an address of its range of pod addresses")
        .todo(
            "let bridge {bridge|of the pod network} of {nodes} have an address of the range that the node has now ({range|spec.podCIDR}): it has kept that of another \
             one, as after a node joined anew; once the node is drained, since pods there lose their network by it, take the bridge away (ip link delete \
             {bridge|NAME}), and the plugin makes it anew",
        )
        .commands(&[
            concat!(
                "kubectl get nodes -o custom-columns=NAME:.metadata.name,PODCIDR:.spec.podCIDR\n",
                by_ssh!("ip -br addr show {bridge}")
            ),
            by_ssh!("ip -br addr"),
        ]),
    Row::new("cniAgent", Owner::Node)
        .brought_as(Supply::PodNetwork)
        .by(&[&["plugin type=", "dial unix"]])
        .heard(&[Kubelet])
        .takes(&[
            Take::after("plugin", Kind::Name, &["plugin type="]),
            Take::after("socket", Kind::Word, &["dial unix "]),
        ])
        .lacks("an answer of the agent of its network plugin ({plugin|CNI})")
        .todo(
            "get the agent of network plugin {plugin|(CNI)} on {nodes} to run, mostly a pod on the node's network: it does not answer the plugin at its \
             socket {socket|there}",
        )
        .commands(&[pods_on_node!()]),
    Row::new("calicoToken", Owner::Node)
        .brought_as(Supply::PodNetwork)
        .by(&[&["error getting ClusterInformation", "nauthorized"]])
        .heard(&[Kubelet])
        .lacks("a token of Calico's plugin (CNI) that the API server takes")
        .todo(
            "delete the pod of calico-node on {nodes}, so that it writes the plugin's kubeconfig anew: the API server does not take the token in it; where that does not last, \
             look at the clock of the node",
        )
        .commands(&["kubectl delete pods -A --field-selector spec.nodeName={node} -l k8s-app=calico-node"]),
    Row::new("cniUnauthorized", Owner::Node)
        .brought_as(Supply::PodNetwork)
        .by(&[
            &["plugin type=", "nauthorized"],
        ])
        .heard(&[Kubelet])
        .takes(&[Take::after("plugin", Kind::Name, &["plugin type="])])
        .lacks("a token of its network plugin (CNI) that the API server takes")
        .todo(
            "look at the kubeconfig of network plugin {plugin|(CNI)} on {nodes}: the API server does not take the token in it. The plugin's own pod there writes it anew as it \
             starts; where that is the pod that does not start, take the plugin's entry out of the files in /etc/cni/net.d until it does; and look at the clock of the node",
        )
        .commands(&[by_ssh!("'date -u; sudo ls -l /etc/cni/net.d; sudo grep -rn {plugin} /etc/cni/net.d'")]),
    Row::new("cniCommonFile", Owner::Node)
        .brought_as(Supply::PodNetwork)
        .by(&[
            &["failed to find plugin \"loopback\"", "in path"],
            &["failed to find plugin \"bridge\"", "in path"],
            &["failed to find plugin \"portmap\"", "in path"],
            &["failed to find plugin \"host-local\"", "in path"],
            &["failed to find plugin \"macvlan\"", "in path"],
            &["failed to find plugin \"ipvlan\"", "in path"],
            &["failed to find plugin \"bandwidth\"", "in path"],
            &["failed to find plugin \"tuning\"", "in path"],
            &["failed to find plugin \"host-device\"", "in path"],
            &["failed to find plugin \"ptp\"", "in path"],
            &["failed to find plugin \"dhcp\"", "in path"],
            &["failed to find plugin \"vlan\"", "in path"],
            &["failed to find plugin \"sbr\"", "in path"],
            &["failed to find plugin \"static\"", "in path"],
            &["failed to find plugin \"firewall\"", "in path"],
        ])
        .takes(&[Take::after("plugin", Kind::Name, &["failed to find plugin "])])
        .lacks("a network plugin that works: {plugin|one} is not in its path")
        .todo(
            "put network plugin (CNI) {plugin|that is not found} on {nodes} under /opt/cni/bin, with the other common ones (containernetworking/plugins, or package \
             kubernetes-cni): network plugins use it, and do not all bring it (k3s and RKE2 have a path of their own, which the words name)",
        )
        .commands(&[
            as_root!("sh -c 'curl -sL https://github.com/containernetworking/plugins/releases/download/v1.6.2/cni-plugins-linux-{arch}-v1.6.2.tgz | tar -xz -C /opt/cni/bin'"),
            on_node!("ls /host/opt/cni/bin /host/etc/cni/net.d"),
        ]),
    Row::new("cniFile", Owner::Node)
        .brought_as(Supply::PodNetwork)
        .by(&[&["failed to find plugin", "in path"]])
        .takes(&[Take::after("plugin", Kind::Name, &["failed to find plugin "])])
        .lacks("a network plugin that works: {plugin|one} is not in its path")
        .todo(
            "put network plugin (CNI) {plugin|that is not found} on {nodes} under /opt/cni/bin: the plugin's own pod \
             installs it, and the common ones come with package kubernetes-cni or containernetworking-plugins (k3s and RKE2 \
             have a path of their own, which the words name)",
        )
        .commands(&[on_node!("ls /host/opt/cni/bin /host/etc/cni/net.d")]),
    Row::new("networkPlugin", Owner::Node)
        .brought_as(Supply::PodNetwork)
        .by(&[
            &["cni plugin not initialized"],
            &["cni config uninitialized"],
            &["o networks found in /etc/cni"],
        ])
        .lacks("a network plugin that works")
        .todo("get the network plugin (CNI) of {nodes} to work: its own pod there installs it")
        .commands(&[pods_on_node!()]),
    Row::new("cniTimesOut", Owner::Node)
        .brought_as(Supply::ServiceAddresses)
        .by(&[
            &["plugin type=", "i/o timeout"],
            &["plugin type=", "connect: connection refused"],
            &["plugin type=", "no route to host"],
        ])
        .heard(&[Kubelet])
        .takes(&[Take::before("server", Kind::Name, &[":443"]), Take::after("address", Kind::Word, &["dial tcp ", "https://"])])
        .lacks("an answer to its network plugin (CNI)")
        .todo(
            "look why {address|what the network plugin asks} does not answer on {nodes}: its own agent there, or kube-proxy \
             where it is the service address of the API server",
        )
        .commands(&[concat!(pods_on_node!(), "\n", on_node!("nc -zv -w 3 {server} 443")), pods_on_node!()]),
    Row::new("calicoAddress", Owner::NodeAsAsked)
        .by(&[
            &["ouldn't autodetect an IPv4 address"],
            &["nable to auto-detect an IPv4 address"],
        ])
        .heard(&[Program])
        .lacks("an address of its own that Calico finds")
        .todo(
            "tell Calico which address is the node's (IP_AUTODETECTION_METHOD: kubernetes-internal-ip, interface=… or cidr=…; where its operator has made it, nodeAddressAutodetectionV4 \
             of Installation default), or give {nodes} the interface that it looks for: it finds none",
        )
        .commands(&[concat!(
            on_node!("ip addr"),
            "\nkubectl set env {set} -c calico-node IP_AUTODETECTION_METHOD=kubernetes-internal-ip\n\
             kubectl patch installation default --type=merge -p '{\"spec\":{\"calicoNetwork\":{\"nodeAddressAutodetectionV4\":{\"kubernetes\":\"NodeInternalIP\"}}}}'"
        )]),
    Row::new("nodeAddress", Owner::NodeAsAsked)
        .by(&[
            &["ailed to find any valid interface to use"],
            &["nable to determine direct routing device"],
            &["nable to find default route"],
            &["could not determine", "default gateway interface"],
        ])
        .heard(&[Program])
        .lacks("an address or interface of its own that it finds")
        .todo(
            "give {nodes} a default route, or tell the network plugin which interface is the node's: flannel by --iface, Cilium by devices or direct-routing-device; it \
             finds none, as where interfaces have other names or there is no default route",
        )
        .commands(&[concat!(on_node!("sh -c 'ip addr; ip route'"), "\nkubectl edit {set}")]),
    Row::new("nodeAddressTaken", Owner::NodeAsAsked)
        .by(&[
            &["is already using the IPv4 address"],
            &["is already using the IPv6 address"],
        ])
        .heard(&[Program])
        .takes(&[
            Take::after("other", Kind::Name, &["Calico node "]),
            Take::after("address", Kind::Word, &["using the IPv4 address ", "using the IPv6 address "]),
        ])
        .lacks("an address that no other node of Calico has")
        .todo(
            "see whether node {other|that is named} still is and has address {address|that is named}: if it is gone, its entry \
             in Calico was left over (calicoctl get nodes) and has to go; else let Calico find another address on {nodes} (IP_AUTODETECTION_METHOD): an interface \
             that all nodes have with the same address was taken (docker0, kube-ipvs0)",
        )
        .commands(&["kubectl get nodes -o wide\nkubectl get node {other} -o yaml\nkubectl set env {set} -c calico-node IP_AUTODETECTION_METHOD=kubernetes-internal-ip", "kubectl get nodes -o wide"]),
    Row::new("awsIpamd", Owner::NodeAsAsked)
        .by(&[&["Failed to wait for IPAM daemon to complete"]])
        .heard(&[Program])
        .lacks("a start of ipamd: its log on the node says why")
        .todo(
            "read on {nodes} why ipamd ended (/var/log/aws-routed-eni/ipamd.log): most often its role may not ask EC2 (AmazonEKS_CNI_Policy), \
             or it does not reach the API server or EC2",
        )
        .commands(&[on_node!("tail -n 50 /host/var/log/aws-routed-eni/ipamd.log")]),
    Row::new("ztunnel", Owner::Node)
        .by(&[&["no ztunnel connection"]])
        .heard(&[Kubelet])
        .lacks("a ztunnel that is connected to istio-cni")
        .todo(
            "get the pods of ztunnel and istio-cni-node on {nodes} to run: istio-cni adds no pod to the mesh before ztunnel is connected to it; \
             where both run, delete them there, so that they connect anew",
        )
        .commands(&[concat!(
            pods_on_node!(),
            "\nkubectl delete pods -A --field-selector spec.nodeName={node} -l k8s-app=istio-cni-node\n\
             kubectl delete pods -A --field-selector spec.nodeName={node} -l app=ztunnel"
        )]),
    Row::new("ztunnelSocket", Owner::Node)
        .by(&[&["ztunnel/ztunnel.sock", "onnect"]])
        .heard(&[Program])
        .lacks("an answer of istio-cni's pod on the node")
        .todo("get the pod of istio-cni-node on {nodes} to run, with ambient mode: ztunnel connects to it by /var/run/ztunnel/ztunnel.sock")
        .commands(&[agent!("k8s-app=istio-cni-node")]),
    Row::new("meshValidation", Owner::Node)
        .by(&[&["ailed to validate networking configuration"]])
        .heard(&[Program])
        .lacks("rules of linkerd-cni for the pod")
        .todo(
            "get the pod of linkerd-cni on {nodes} to run and its plugin into the network's configuration there (/etc/cni/net.d), and then \
             delete the pod: it was set up before or without linkerd-cni",
        )
        .commands(&[concat!(pods_on_node!(), "\n", on_node!("sh -c 'ls /host/etc/cni/net.d; grep -l linkerd /host/etc/cni/net.d/*'"))]),
    Row::new("tunnelDevice", Owner::NodeAsAsked)
        .by(&[
            &["vxlan", "peration not supported"],
            &["VXLAN", "peration not supported"],
            &["wireguard", "peration not supported"],
            &["ipip", "peration not supported"],
            &["geneve", "peration not supported"],
        ])
        .heard(&[Program])
        .takes(&[Take::beginning("module", Kind::Name, &["vxlan", "wireguard", "ipip", "geneve"])])
        .lacks("the tunnel's kernel module ({module|vxlan, wireguard})")
        .todo(
            "load the kernel module of the tunnel on {nodes} ({module|vxlan, wireguard}); where its kernel has none, install the package with more \
             modules (linux-modules-extra, on a Raspberry Pi linux-modules-extra-raspi), or use another way of the network plugin (host-gw, native routes)",
        )
        .commands(&[load!("{module}"), load!("vxlan")]),
    Row::new("tunnelTaken", Owner::NodeAsAsked)
        .by(&[
            &["vxlan", "ddress already in use"],
            &["VXLAN", "ddress already in use"],
            &["geneve", "ddress already in use"],
            &["flannel.1", "ddress already in use"],
        ])
        .unless(&["listen ", "bind", "port="])
        .heard(&[Program])
        .lacks("the UDP port of its tunnel")
        .todo(
            "find on {nodes} which device or process already has the UDP port of the tunnel: a device that another network plugin has left behind \
             (flannel.1, vxlan.calico, cilium_vxlan) can be deleted there, once nothing uses it (ip link delete NAME); where the port is in use rightly, set \
             another one for the plugin",
        )
        .commands(&[concat!(
            on_node!("chroot /host ip -d link show type vxlan"),
            "\n",
            as_root!("ss -lunp")
        )]),
    Row::new("typha", Owner::Cluster)
        .by(&[
            &["Typha discovery enabled but discovery failed"],
            &["ailed to connect to Typha"],
            &["ailed to connect to typha"],
            &["find any ready Typha instances"],
        ])
        .unless(&[":443", "Kubernetes service"])
        .heard(&[Program])
        .takes(&[Take::before("server", Kind::Name, &[":5473"])])
        .lacks("a Typha that is ready and reached")
        .todo(
            "get calico-typha to run and be ready, and let {nodes} reach it (TCP 5473, on the network of its nodes): calico-node has what it needs from there; where a pod of it is \
             ready, see whether the EndpointSlice of its Service has it",
        )
        .commands(&[
            concat!(
                "kubectl get pods,endpointslices -A -l k8s-app=calico-typha -o wide\n",
                on_node!("nc -zv -w 3 {server} 5473")
            ),
            "kubectl get pods,endpointslices -A -l k8s-app=calico-typha -o wide",
        ]),
    Row::new("rangeOverlaps", Owner::NodeAsAsked)
        .by(&[&["Network ", "overlaps with existing route"]])
        .heard(&[Program])
        .takes(&[
            Take::after("range", Kind::Word, &["Network "]),
            Take::after("route", Kind::Word, &["existing route "]),
        ])
        .lacks("a range of pod addresses that no other route of the node has")
        .todo(
            "give Weave Net a range that no route of {nodes} has (IPALLOC_RANGE; on all nodes the same), instead of {range|the one that is named}: route {route|that is named} is there already, of \
             the machine's own network or left behind by another network plugin",
        )
        .commands(&[concat!(
            on_node!("ip route"),
            "\nkubectl edit {set}"
        )]),
];
