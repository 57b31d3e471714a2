// Command controlplane runs one component of a Kubernetes control plane, named by its first argument:
//
//	controlplane etcd DIR CLIENT_PORT PEER_PORT
//	controlplane kube-apiserver|kube-controller-manager|kubectl [FLAGS]
//
// One binary, since the components share nearly all of their code and linking is what takes time.
package main

import (
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

func main() {
	if len(os.Args) < 2 {
		fail("the first argument names a component: etcd, kube-apiserver, kube-controller-manager or kubectl")
	}
	component, args := os.Args[1], os.Args[2:]
	os.Args = append([]string{component}, args...)

	var command *cobra.Command
	switch component {
	case "etcd":
		if len(args) != 3 {
			fail("etcd wants DIR CLIENT_PORT PEER_PORT")
		}
		if err := etcd(args[0], args[1], args[2]); err != nil {
			fail(err.Error())
		}
		return
	case "kube-apiserver":
		command = apiserver.NewAPIServerCommand()
	case "kube-controller-manager":
		command = controllers.NewControllerManagerCommand()
	case "kubectl":
		command = kubectl.NewDefaultKubectlCommand()
	default:
		fail("no such component: " + component)
	}
	os.Exit(cli.Run(command))
}

// etcd serves until it is killed. Its data need not outlive the process, so it does not wait for the disk.
func etcd(dir, clientPort, peerPort string) error {
	loopback := func(port string) []url.URL { return []url.URL{{Scheme: "http", Host: "127.0.0.1:" + port}} }
	config := embed.NewConfig()
	config.Dir = dir
	config.LogLevel = "error"
	config.UnsafeNoFsync = true
	config.ListenClientUrls, config.AdvertiseClientUrls = loopback(clientPort), loopback(clientPort)
	config.ListenPeerUrls, config.AdvertisePeerUrls = loopback(peerPort), loopback(peerPort)
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	server, err := embed.StartEtcd(config)
	if err != nil {
		return err
	}
	defer server.Close()
	select {
	case <-server.Server.ReadyNotify():
	case <-time.After(time.Minute):
		return fmt.Errorf("etcd was not ready within a minute")
	}
	fmt.Println("etcd ready")
	select {
	case err := <-server.Err():
		return err
	case <-server.Server.StopNotify():
		return nil
	}
}

func fail(message string) {
	fmt.Fprintln(os.Stderr, "controlplane:", message)
	os.Exit(2)
}
