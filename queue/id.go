package queue

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
)

// River takes ids of at most 100 bytes.
const idHostMax = 60

// newID names one life of this process: host, pid and a random part, because a
// process has several lives and a host several processes with one pid.
func newID() string {
	random := make([]byte, 8)
	_, _ = rand.Read(random) // never fails

	return fmt.Sprintf("%s-%d-%s", idHost(), os.Getpid(), hex.EncodeToString(random))
}

func idHost() string {
	host := strings.ToValidUTF8(hostname(), "")
	if len(host) > idHostMax {
		host = strings.ToValidUTF8(host[:idHostMax], "")
	}

	return host
}

func hostname() string {
	host, err := os.Hostname()
	if err != nil || host == "" {
		return "unknown"
	}

	return host
}
