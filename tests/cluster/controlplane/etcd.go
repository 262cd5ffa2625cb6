// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/url"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/embed"
)

// etcd with one member, and without fsync: nothing in it outlives the tests. Its own main has a hundred flags and
// wants a name for each of them; embed is the part below.
func newEtcdCommand() *cobra.Command {
	config := embed.NewConfig()
	var client, peer string
	command := &cobra.Command{
		Use:          "etcd",
		SilenceUsage: true,
		RunE: func(*cobra.Command, []string) error {
			return serveEtcd(config, client, peer)
		},
	}
	command.Flags().StringVar(&config.Dir, "data-dir", "", "folder of the data")
	command.Flags().StringVar(&client, "client-url", "", "URL that the API server connects to")
	command.Flags().StringVar(&peer, "peer-url", "", "URL for other members, of which there are none")
	return command
}

func serveEtcd(config *embed.Config, client, peer string) error {
	clientURL, err := url.Parse(client)
	if err != nil {
		return err
	}
	peerURL, err := url.Parse(peer)
	if err != nil {
		return err
	}
	config.ListenClientUrls, config.AdvertiseClientUrls = []url.URL{*clientURL}, []url.URL{*clientURL}
	config.ListenPeerUrls, config.AdvertisePeerUrls = []url.URL{*peerURL}, []url.URL{*peerURL}
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	config.UnsafeNoFsync = true
	config.LogLevel = "warn"
	server, err := embed.StartEtcd(config)
	if err != nil {
		return err
	}
	defer server.Close()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	select {
	case err = <-server.Err():
		return err
	case <-stop:
		return nil
	}
}
