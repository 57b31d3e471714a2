//! The network of a node: rules of packets, names, metadata of clouds, addresses of services.

use super::Place::{Kubelet, Probe, Program};
use super::Supply;
use super::kernel::SECURITY;
use super::mend::Mend;
use super::row::{Owner, Row, agent, as_root, load, on_node, pod_of, pods_on_node};
use super::taken::{Kind, Take};

/// Where kube-proxy's mode is set.
const PROXY_MODE: &str = "kubectl edit configmap {config} -n {namespace}";

pub(super) const ROWS: &[Row] = &[
    Row::new("dnsLoop", Owner::Cluster)
        .by(&[&["plugin/loop: Loop ("]])
        .heard(&[Program])
        .lacks("a DNS server to forward to that is not itself")
        .todo(
            "let the DNS server forward to real servers (forward . of its Corefile{configs|}), or the kubelet give it a resolv.conf without \
             127.0.0.53 (resolvConf: /run/systemd/resolve/resolv.conf): it asks itself",
        )
        .commands(&["kubectl edit configmap {config} -n {namespace}", "kubectl edit configmap coredns -n kube-system"]),
    // What the template runs holds these sessions, so that a revision may have brought this.
    Row::new("bgp", Owner::NodeAsAsked)
        .by(&[&["BIRD is not ready: BGP not established"]])
        .heard(&[Probe])
        .takes(&[Take::after("peer", Kind::Name, &["BGP not established with "])])
        .lacks("an established BGP session with {peer|a peer}")
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
        .commands(&[as_root!("sh -c 'iptables -V; nft list tables'")]),
    Row::new("xtablesLock", Owner::Node)
        .by(&[&["xtables lock"]])
        .lacks("the lock of iptables")
        .todo(
            "find what holds /run/xtables.lock on {nodes}: another program that sets many rules, or hangs; the template \
             has to mount that file of the node, and to wait for it (iptables -w)",
        )
        .commands(&[as_root!("fuser -v /run/xtables.lock")]),
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
        .commands(&[SECURITY])
        .mend(Mend::Capabilities(&["NET_ADMIN", "NET_RAW"])),
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
        .commands(&[load!("ip_tables iptable_{table} ip6_tables ip6table_{table}"), on_node!("chroot /host sh -c 'uname -r; lsmod'")]),
    Row::new("proxyNftables", Owner::NodeAsAsked)
        .by(&[&["in nftables mode requires "]])
        .heard(&[Program])
        .lacks("what kube-proxy's mode nftables needs of a kernel")
        .todo(
            "set another mode of kube-proxy (mode: iptables{configs|}, which all nodes read), or give {nodes} \
             the kernel, or the image the nft, of the version that the words ask for",
        )
        .commands(&[PROXY_MODE, "kubectl edit {set}"]),
    Row::new("proxyIpvs", Owner::NodeAsAsked)
        .by(&[
            &["an't use the IPVS proxier"],
            &["an't use ipvs proxier"],
            &["IPVS proxier will not be used"],
        ])
        .unless(&["peration not permitted"])
        .heard(&[Program])
        .lacks("what kube-proxy's mode ipvs needs of a kernel")
        .todo(
            "load the modules of IPVS on {nodes} (ip_vs, ip_vs_rr, ip_vs_wrr, ip_vs_sh, nf_conntrack; and in /etc/modules-load.d, so that they stay), or set \
             another mode of kube-proxy (mode: iptables{configs|}, which all nodes read)",
        )
        .commands(&[concat!(as_root!("modprobe -a ip_vs ip_vs_rr ip_vs_wrr ip_vs_sh nf_conntrack"), "\n", "kubectl edit configmap {config} -n {namespace}"), as_root!("modprobe -a ip_vs ip_vs_rr ip_vs_wrr ip_vs_sh nf_conntrack")]),
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
        .commands(&["aws ec2 modify-instance-metadata-options --instance-id {instance} --http-tokens optional",
            "aws ec2 describe-instances --filters Name=private-dns-name,Values={node} --query \
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
        .commands(&["aws ec2 describe-instances --instance-ids {instance} --query 'Reservations[].Instances[].MetadataOptions'\n\
             aws ec2 modify-instance-metadata-options --instance-id {instance} --http-put-response-hop-limit 2 --http-endpoint enabled",
            "aws ec2 describe-instances --filters Name=private-dns-name,Values={node} --query \
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
        .commands(&[
            concat!(on_node!("nc -zv -w 3 {host} 443"), "\n", pod_of!("kubeproxypod")),
            concat!(
                pods_on_node!(),
                "\n",
                on_node!("nc -zv -w 3 {host} 443"),
                "\n",
                agent!("k8s-app=kube-proxy")
            ),
        ]),
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
        .commands(&[agent!("k8s-app=node-local-dns")]),
    Row::new("ipv6Off", Owner::NodeAsAsked)
        .by(&[
            &["ddress family not supported by protocol"],
            &["/proc/sys/net/ipv6/", "o such file or directory"],
        ])
        .lacks("IPv6")
        .todo("switch IPv6 on for {nodes}, or let the daemon do with IPv4 alone (listen on 0.0.0.0, and set nothing of IPv6)")
        .commands(&[concat!(
            on_node!("sysctl net.ipv6.conf.all.disable_ipv6"),
            "\n",
            as_root!("sysctl -w net.ipv6.conf.all.disable_ipv6=0")
        )]),
    Row::new("conntrack", Owner::NodeAsAsked)
        .by(&[
            &["nf_conntrack", "table full"],
        ])
        .lacks("entries for connections (nf_conntrack)")
        .todo(
            "raise net.netfilter.nf_conntrack_max on {nodes}, or find what opens so many connections there",
        )
        .commands(&[concat!(
            on_node!("sysctl net.netfilter.nf_conntrack_max net.netfilter.nf_conntrack_count"),
            "\n",
            as_root!("sh -c 'sysctl -w net.netfilter.nf_conntrack_max=$((2*$(cat /proc/sys/net/netfilter/nf_conntrack_max)))'")
        )]),
];
