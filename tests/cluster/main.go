// Command apiserver is a whole Kubernetes API in one process, for tests: etcd and the real kube-apiserver.
//
// It serves until its standard input ends, so it never outlives the test that started it. Everything it writes is in
// the folder given as its only argument; the address to talk to is in the file `address` there once the port is known,
// the client's token is `test`. No controllers run but the one that type-checks admission policies: what is created
// stays as it was created.
package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"time"
	_ "time/tzdata" // time zones of CronJobs

	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: apiserver FOLDER")
	}
	folder := os.Args[1]
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()

	store, err := startEtcd(filepath.Join(folder, "etcd"))
	if err != nil {
		log.Fatal(err)
	}
	key := filepath.Join(folder, "service-account.key")
	if err := writeKey(key); err != nil {
		log.Fatal(err)
	}
	tokens := filepath.Join(folder, "tokens.csv")
	if err := os.WriteFile(tokens, []byte("test,test,test,system:masters\n"), 0o600); err != nil {
		log.Fatal(err)
	}
	port, err := freePort()
	if err != nil {
		log.Fatal(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", port)
	if err := os.WriteFile(filepath.Join(folder, "address"), []byte(address), 0o600); err != nil {
		log.Fatal(err)
	}

	go reportTypes(context.Background(), address)

	command := app.NewAPIServerCommand()
	command.SetArgs([]string{
		"--etcd-servers=" + store,
		"--bind-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", port),
		"--cert-dir=" + filepath.Join(folder, "certificates"),
		"--token-auth-file=" + tokens,
		"--allow-privileged",
		"--authorization-mode=AlwaysAllow",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + key,
		"--service-account-signing-key-file=" + key,
		"--service-cluster-ip-range=10.0.0.0/24",
		"--disable-admission-plugins=ServiceAccount",
	})
	os.Exit(cli.Run(command))
}

// startEtcd serves from a folder on a free port and returns the address for clients.
func startEtcd(folder string) (string, error) {
	settings := embed.NewConfig()
	settings.Dir = folder
	settings.LogLevel = "error"
	settings.UnsafeNoFsync = true
	local := url.URL{Scheme: "http", Host: "127.0.0.1:0"}
	settings.ListenPeerUrls, settings.AdvertisePeerUrls = []url.URL{local}, []url.URL{local}
	settings.ListenClientUrls, settings.AdvertiseClientUrls = []url.URL{local}, []url.URL{local}
	settings.InitialCluster = settings.InitialClusterFromName(settings.Name)
	server, err := embed.StartEtcd(settings)
	if err != nil {
		return "", err
	}
	select {
	case <-server.Server.ReadyNotify():
		return "http://" + server.Clients[0].Addr().String(), nil
	case err := <-server.Err():
		return "", err
	case <-time.After(time.Minute):
		return "", fmt.Errorf("etcd was not ready within a minute")
	}
}

// writeKey makes an RSA key, which the API server wants for the tokens of service accounts.
func writeKey(path string) error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	block := &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}
	return os.WriteFile(path, pem.EncodeToMemory(block), 0o600)
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
