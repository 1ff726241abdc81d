// An independent OpenID provider for tests: the example server of zitadel/oidc on 127.0.0.1.
// usage: zitadel_provider PORT CLIENT_ID CLIENT_SECRET REDIRECT_URI USERS_FILE
package main

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
)

func main() {
	if len(os.Args) != 6 {
		fmt.Fprintln(os.Stderr, "usage: zitadel_provider PORT ID SECRET REDIRECT_URI USERS_FILE")
		os.Exit(64)
	}
	port, clientID, secret, redirectURI, usersFile :=
		os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	users, err := storage.StoreFromFile(usersFile)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	storage.RegisterClients(storage.WebClient(clientID, secret, redirectURI))
	// The slash at its end is part of the issuer.
	issuer := fmt.Sprintf("http://127.0.0.1:%s/", port)
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	router := exampleop.SetupServer(issuer, storage.NewStorage(users), logger, false)
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("provider ready at", issuer)
	fmt.Fprintln(os.Stderr, http.Serve(listener, router))
	os.Exit(1)
}
