//! The network of a node and of its pods: plugins, addresses, rules of packets, names, metadata of clouds.

use super::Place::{Kubelet, Probe, Program};
use super::Supply;
use super::kernel::SECURITY;
use super::row::{Owner, Row, as_root, on_node, pods_on_node};
use super::taken::{Kind, Take};

pub(super) const ROWS: &[Row] = &[
    Row::new("podRange", Owner::Cluster)
        .by(&[
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
        .commands(&["kubectl get nodes -o custom-columns=NAME:.metadata.name,PODCIDR:.spec.podCIDR"]),
    Row::new("addresses", Owner::Node)
        .by(&[
            &["failed to assign an IP address"],
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
        .commands(&["kubectl get ippools -o yaml"]),
    Row::new("awsAgent", Owner::Node)
        .brought_as(Supply::PodNetwork)
        .by(&[&["127.0.0.1:50051", "connection refused"]])
        .heard(&[Kubelet])
        .lacks("an answer of the VPC CNI's own pod (aws-node)")
        .todo("get the pod of aws-node on {nodes} to run: it does not answer the network plugin at 127.0.0.1:50051")
        .commands(&[pods_on_node!()]),
    Row::new("azureAgent", Owner::Node)
        .brought_as(Supply::PodNetwork)
        .by(&[
            &["localhost:10090", "connection refused"],
            &["127.0.0.1:10090", "connection refused"],
        ])
        .heard(&[Kubelet])
        .lacks("an answer of Azure's own pod (azure-cns)")
        .todo("get the pod of azure-cns on {nodes} to run: it does not answer the network plugin at port 10090")
        .commands(&[pods_on_node!()]),
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
        .commands(&[pods_on_node!()]),
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
        .commands(&[pods_on_node!()]),
    Row::new("flannelSubnet", Owner::Node)
        .brought_as(Supply::PodNetwork)
        .by(&[&["/run/flannel/subnet.env"]])
        .heard(&[Kubelet])
        .lacks("what flannel's pod writes when it runs")
        .todo(
            "get flannel's pod on {nodes} to run: it writes /run/flannel/subnet.env, and no pod network is set up before \
             (in k3s the k3s service itself does)",
        )
        .commands(&[pods_on_node!()]),
    Row::new("calicoNode", Owner::Node)
        .brought_as(Supply::PodNetwork)
        .by(&[
            &["calico/node container is running"],
            &["/var/lib/calico/nodename", "no such file"],
        ])
        .heard(&[Kubelet])
        .lacks("a calico-node that runs")
        .todo("get the pod of calico-node on {nodes} to run: it writes /var/lib/calico/nodename")
        .commands(&[pods_on_node!()]),
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
        .commands(&[pods_on_node!()]),
    Row::new("cniUnauthorized", Owner::Node)
        .brought_as(Supply::PodNetwork)
        .by(&[
            &["plugin type=", "nauthorized"],
            &["error getting ClusterInformation", "nauthorized"],
        ])
        .heard(&[Kubelet])
        .lacks("a token of its network plugin (CNI) that the API server takes")
        .todo(
            "delete the pod of the network plugin (CNI) on {nodes}, so that it writes its kubeconfig anew: the API server \
             does not take the token in it; where that does not last, look at the clock of the node",
        )
        .commands(&[pods_on_node!()]),
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
        .takes(&[Take::after("address", Kind::Word, &["dial tcp ", "https://"])])
        .lacks("an answer to its network plugin (CNI)")
        .todo(
            "look why {address|what the network plugin asks} does not answer on {nodes}: its own agent there, or kube-proxy \
             where it is the service address of the API server",
        )
        .commands(&[pods_on_node!()]),
    Row::new("nodeAddress", Owner::NodeAsAsked)
        .by(&[
            &["ouldn't autodetect an IPv4 address"],
            &["nable to auto-detect an IPv4 address"],
            &["ailed to find any valid interface to use"],
            &["nable to determine direct routing device"],
            &["nable to find default route"],
            &["could not determine", "default gateway interface"],
        ])
        .heard(&[Program])
        .lacks("an address or interface of its own that it finds")
        .todo(
            "give {nodes} a default route, or tell the network plugin which interface is the node's: Calico by IP_AUTODETECTION_METHOD \
             (interface=…, cidr=…, kubernetes-internal-ip), flannel by --iface, Cilium by devices or direct-routing-device; it \
             finds none, as where interfaces have other names or there is no default route",
        )
        .commands(&[on_node!("sh -c 'ip addr; ip route'")]),
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
        .commands(&["kubectl get nodes -o wide\nkubectl get node {other} -o yaml", "kubectl get nodes -o wide"]),
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
        .commands(&[pods_on_node!()]),
    Row::new("ztunnelSocket", Owner::Node)
        .by(&[&["ztunnel/ztunnel.sock", "onnect"]])
        .heard(&[Program])
        .lacks("an answer of istio-cni's pod on the node")
        .todo("get the pod of istio-cni-node on {nodes} to run, with ambient mode: ztunnel connects to it by /var/run/ztunnel/ztunnel.sock")
        .commands(&[pods_on_node!()]),
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
        .commands(&[as_root!("modprobe {module}"), as_root!("modprobe vxlan")]),
    Row::new("dnsLoop", Owner::Cluster)
        .by(&[&["plugin/loop: Loop ("]])
        .heard(&[Program])
        .lacks("a DNS server to forward to that is not itself")
        .todo(
            "let the DNS server forward to real servers (forward . of its Corefile{configs|}), or the kubelet give it a resolv.conf without \
             127.0.0.53 (resolvConf: /run/systemd/resolve/resolv.conf): it asks itself",
        )
        .commands(&["kubectl edit configmap {config} -n {namespace}", "kubectl edit configmap coredns -n kube-system"]),
    Row::new("bgp", Owner::Node)
        .by(&[&["BIRD is not ready: BGP not established"]])
        .heard(&[Probe])
        .takes(&[Take::after("peer", Kind::Name, &["BGP not established with "])])
        .lacks("BGP sessions with its peers")
        .todo(
            "let {nodes} reach the BGP peers that are named ({peer|the other nodes}, TCP 179): a firewall, a peer that is \
             gone, or the wrong address or interface that calico-node found for itself",
        )
        .commands(&[on_node!("nc -zv -w 3 {peer} 179"), "{logs}"]),
    Row::new("xtablesMode", Owner::NodeAsAsked)
        .by(&[&["is incompatible, use 'nft' tool"]])
        .lacks("one kind of iptables for all its rules")
        .todo(
            "let all that sets rules on {nodes} use the same iptables, legacy or nft: tables of nftables are there that \
             this one cannot read",
        )
        .commands(&[on_node!("chroot /host sh -c 'iptables -V; nft list tables'")]),
    Row::new("xtablesLock", Owner::Node)
        .by(&[&["xtables lock"]])
        .lacks("the lock of iptables")
        .todo(
            "find what holds /run/xtables.lock on {nodes}: another program that sets many rules, or hangs; the template \
             has to mount that file of the node, and to wait for it (iptables -w)",
        )
        .commands(&[on_node!("chroot /host fuser -v /run/xtables.lock")]),
    Row::new("netAdmin", Owner::Template)
        .by(&[
            &["iptables", "ermission denied"],
            &["iptables", "peration not permitted"],
            &["nft", "peration not permitted"],
            &["RTNETLINK answers: Operation not permitted"],
            &["netlink", "peration not permitted"],
            &["ip link", "peration not permitted"],
            &["/dev/net/tun", "peration not permitted"],
            &["TUNSETIFF", "peration not permitted"],
        ])
        .unless(&["xtables.lock"])
        .heard(&[Program])
        .lacks("the right to change the network (NET_ADMIN)")
        .todo(
            "let container {container|of the pod} change the network: capability NET_ADMIN (with NET_RAW for raw sockets), \
             as root, or privileged",
        )
        .commands(&[SECURITY]),
    Row::new("iptablesTable", Owner::NodeAsAsked)
        .by(&[
            &["can't initialize iptables table"],
            &["can't initialize ip6tables table"],
            &["iptables", "Table does not exist"],
            &["iptables is not available"],
        ])
        .takes(&[Take::after("table", Kind::Name, &["iptables table ", "ip6tables table "])])
        .lacks("table {table|that it asks for} of iptables in its kernel")
        .todo(
            "load the modules of iptables on {nodes} (ip_tables, iptable_{table|nat}), which its kernel has not or cannot \
             load; where it has nftables alone, use iptables-nft or the mode nftables",
        )
        .commands(&[on_node!("chroot /host sh -c 'uname -r; lsmod'")]),
    Row::new("metadataVersion", Owner::NodeAsAsked)
        .by(&[
            &["EC2Metadata", "status code: 401"],
            &["EC2Metadata", "StatusCode: 401"],
        ])
        .heard(&[Program])
        .lacks("a release that asks for metadata with a token (IMDSv2)")
        .todo(
            "use a release of the program that knows IMDSv2, or let the machines of {nodes} answer without a token (HttpTokens \
             optional): the metadata service answers 401",
        )
        .commands(&["aws ec2 describe-instances --filters Name=private-dns-name,Values={node} --query \
             'Reservations[].Instances[].MetadataOptions'"]),
    Row::new("metadataAws", Owner::NodeAsAsked)
        .by(&[
            &["GetInstanceIdentityDocument"],
            &["EC2MetadataError"],
            &["EC2MetadataRequestError"],
            &["EC2 instance metadata is not available"],
            &["IMDS", "unavailable"],
            &["IMDS", "deadline exceeded"],
            &["IMDS", "timeout"],
            &["169.254.169.254/latest/", "timeout"],
            &["169.254.169.254/latest/", "Client.Timeout"],
            &["169.254.169.254/latest/", "deadline exceeded"],
        ])
        .unless(&["status code: 4", "StatusCode: 4", "openstack"])
        .lacks("a way for pods to the metadata of its machine (169.254.169.254)")
        .todo(
            "let pods on {nodes} reach the metadata service of their machine (169.254.169.254): a hop limit of 2 in the launch template \
             (HttpPutResponseHopLimit) and the endpoint enabled; pods on the network of the node need no hop limit",
        )
        .commands(&["aws ec2 describe-instances --filters Name=private-dns-name,Values={node} --query \
             'Reservations[].Instances[].MetadataOptions'"]),
    Row::new("metadata", Owner::NodeAsAsked)
        .by(&[
            &["169.254.169.254", "timeout"],
            &["169.254.169.254", "Client.Timeout"],
            &["169.254.169.254", "deadline exceeded"],
            &["169.254.169.254", "connection refused"],
            &["169.254.169.254", "no route to host"],
            &["169.254.169.254", "network is unreachable"],
            &["metadata.google.internal", "timeout"],
            &["metadata.google.internal", "connection refused"],
            &["metadata server", "ould not", "reach"],
        ])
        .unless(&["status code: 4", "StatusCode: 4"])
        .lacks("a way to the metadata of its machine (169.254.169.254)")
        .todo(
            "let {nodes} reach the metadata service of the machine (169.254.169.254): \"no route to host\" is for the machine's own route to it (from \
             its DHCP or router), else it may be a network policy, a firewall or a concealment that keeps pods from it; programs that can do \
             without may be told so (a config drive)",
        )
        .commands(&[on_node!("sh -c 'ip route get 169.254.169.254; nc -zv -w 3 169.254.169.254 80'")]),
    Row::new("serviceAddress", Owner::NodeAsAsked)
        .brought_as(Supply::ServiceAddresses)
        .by(&[
            &["10.96.0.1:443", "timeout"],
            &["10.96.0.1:443", "connection refused"],
            &["10.96.0.1:443", "no route to host"],
            &["10.43.0.1:443", "timeout"],
            &["10.43.0.1:443", "connection refused"],
            &["10.100.0.1:443", "timeout"],
            &["172.20.0.1:443", "timeout"],
            &["172.30.0.1:443", "timeout"],
            &["34.118.224.1:443", "timeout"],
            &["10.233.0.1:443", "timeout"],
            &["10.152.183.1:443", "timeout"],
            &["10.152.183.1:443", "connection refused"],
        ])
        .takes(&[
            Take::after("address", Kind::Word, &["dial tcp ", "https://"]),
            Take::after("host", Kind::Name, &["dial tcp ", "https://"]),
        ])
        .lacks("a way to service addresses, such as the API server's")
        .todo(
            "look at kube-proxy on {nodes}, or what takes its place (Cilium): the service address of the API server \
             ({address|the first of the services' range}) does not answer there; where the connection is refused, it may be the \
             API server itself",
        )
        .commands(&[concat!(
                pods_on_node!(),
                "\n",
                on_node!("nc -zv -w 3 {host} 443")
            )]),
    Row::new("serviceAddressPerhaps", Owner::NodeAsAsked)
        .by(&[
            &["10.0.0.1:443", "timeout"],
            &["https://10.", ".1:443/api", "i/o timeout"],
            &["https://100.64.0.1:443/api", "i/o timeout"],
            &["https://172.", ".1:443/api", "i/o timeout"],
        ])
        .unless(&["110.0.0.1:443", "210.0.0.1:443"])
        .heard(&[Kubelet, Program])
        .takes(&[Take::after("address", Kind::Word, &["dial tcp "])])
        .lacks("a way to {address|10.0.0.1:443}")
        .todo(
            "see whether {address|10.0.0.1:443} is the service address of the API server: then look at kube-proxy on {nodes}, or what \
             takes its place (Cilium); else get it to answer",
        )
        .commands(&[concat!(
            "kubectl get service kubernetes -n default\n",
            pods_on_node!()
        )]),
    Row::new("nodeLocalDns", Owner::NodeAsAsked)
        .by(&[
            &["169.254.20.10:53", "timeout"],
            &["169.254.20.10:53", "connection refused"],
        ])
        .heard(&[Program])
        .lacks("its DNS cache (node-local-dns)")
        .todo("get the pod of node-local-dns on {nodes} to run: it answers at 169.254.20.10, which pods there ask")
        .commands(&[pods_on_node!()]),
    Row::new("bindAddress", Owner::NodeAsAsked)
        .by(&[
            &["bind: cannot assign requested address"],
            &["listen ", "cannot assign requested address"],
            &["bind", "Cannot assign requested address"],
        ])
        .takes(&[Take::after("address", Kind::Word, &["listen tcp ", "listen udp ", "listen tcp4 ", "bind to "])])
        .lacks("address {address|that it listens on}")
        .todo(
            "let the daemon listen on an address that {nodes} have: {address|the one that it names} is on no interface \
             there (or IPv6 is off)",
        )
        .commands(&[on_node!("ip addr")]),
    Row::new("bindSocket", Owner::Template)
        .by(&[
            &["listen unix", "bind: permission denied"],
            &[".sock", "bind: permission denied"],
        ])
        .heard(&[Program])
        .takes(&[Take::after("path", Kind::Path, &["listen unix "])])
        .lacks("the right to make its socket {path|there}")
        .todo(
            "let container {container|of the pod} write where its socket is made ({path|the words name it}): by its user (runAsUser; \
             a hostPath is mostly of root), or by the SELinux label of what is mounted",
        )
        .commands(&[SECURITY]),
    Row::new("windowsPort", Owner::NodeAsAsked)
        .by(&[&["access a socket in a way forbidden by its access permissions"]])
        .heard(&[Program])
        .takes(&[Take::after("address", Kind::Word, &["listen tcp ", "listen udp "])])
        .lacks("a port that Windows leaves free")
        .todo("use another port than {address|this one}, or free it on {nodes}: Windows keeps it back or another process has it")
        .commands(&["kubectl get nodes -o wide -l kubernetes.io/os=windows"]),
    Row::new("bindPermission", Owner::Template)
        .by(&[
            &["bind: permission denied"],
            &["bind()", "ermission denied"],
        ])
        .takes(&[Take::after("address", Kind::Word, &["listen tcp ", "listen udp ", "bind() to "])])
        .lacks("the right to listen on a port below 1024")
        .todo(
            "let container {container|of the pod} listen on a port from 1024 on, or give it capability NET_BIND_SERVICE \
             (as root; for other users sysctl net.ipv4.ip_unprivileged_port_start in the pod's securityContext): \
             {address|its port} is below",
        )
        .commands(&[SECURITY]),
    Row::new("ipv6Off", Owner::NodeAsAsked)
        .by(&[
            &["ddress family not supported by protocol"],
            &["/proc/sys/net/ipv6/", "o such file or directory"],
        ])
        .lacks("IPv6")
        .todo("switch IPv6 on for {nodes}, or let the daemon do with IPv4 alone (listen on 0.0.0.0, and set nothing of IPv6)")
        .commands(&[on_node!("sysctl net.ipv6.conf.all.disable_ipv6")]),
    Row::new("conntrack", Owner::NodeAsAsked)
        .by(&[
            &["nf_conntrack", "table full"],
        ])
        .lacks("entries for connections (nf_conntrack)")
        .todo(
            "raise net.netfilter.nf_conntrack_max on {nodes}, or find what opens so many connections there",
        )
        .commands(&[on_node!("sysctl net.netfilter.nf_conntrack_max net.netfilter.nf_conntrack_count")]),
    Row::new("socketTaken", Owner::NodeAsAsked)
        .by(&[
            &["unix", "ddress already in use"],
            &[".sock", "ddress already in use"],
        ])
        .heard(&[Program])
        .takes(&[Take::after("path", Kind::Path, &["listen unix ", "bind unix ", "unix://", "bind to "])])
        .lacks("the place of its socket")
        .todo(
            "look on {nodes} whether a process listens at {path|the socket} (another pod that mounts the same path, or the set's own \
             old one with maxSurge): only where none does, the file was left behind and can be moved away",
        )
        .commands(&[on_node!("chroot /host ss -xlp")]),
    Row::new("portTaken", Owner::Template)
        .by(&[&["ddress already in use"]])
        .heard(&[Program])
        .takes(&[Take::after("address", Kind::Word, &["listen tcp ", "listen udp ", "bind() to ", "listen unix "])])
        .lacks("a free port")
        .todo(
            "give what listens in the pod different ports: another container or process of the same pod already has \
             {address|this one} (a pod on the network of the node shares it with all that runs there)",
        )
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].ports}'"]),
];
