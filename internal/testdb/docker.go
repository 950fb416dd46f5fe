package testdb

import (
	"context"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

const (
	// answerTimeout is how long Docker may take to answer a question.
	answerTimeout = 5 * time.Second

	// pullTimeout bounds fetching one image.
	pullTimeout = 3 * time.Minute

	// reaperImage is what testcontainers v0.45 watches its containers with.
	reaperImage = "testcontainers/ryuk:0.14.0"

	envReaperOff = "TESTCONTAINERS_RYUK_DISABLED"
	envHost      = "TESTCONTAINERS_HOST_OVERRIDE"
)

// ensureImage has the image on the machine. It asks a registry once, where
// testcontainers would go on asking for a quarter of an hour.
func ensureImage(ctx context.Context, image string) error {
	answer, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	docker, err := testcontainers.NewDockerClientWithOpts(answer)
	if err != nil {
		return fmt.Errorf("no answer from Docker: %w", err)
	}
	defer docker.Close() //nolint:errcheck // closes idle connections
	if _, err := docker.Ping(answer, client.PingOptions{}); err != nil {
		return fmt.Errorf("no answer from Docker: %w", err)
	}
	if err := pull(ctx, docker.Client, image); err != nil {
		return fmt.Errorf("no image %s (`make image` builds one): %w", image, err)
	}
	return nil
}

func pull(ctx context.Context, docker *client.Client, image string) error {
	if _, err := docker.ImageInspect(ctx, image); err == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, pullTimeout)
	defer cancel()
	progress, err := docker.ImagePull(ctx, image, client.ImagePullOptions{})
	if err != nil {
		return err
	}
	return progress.Wait(ctx)
}

// adaptToMachine makes the settings that testcontainers needs on a machine
// without a registry or inside a container, unless the caller made them. It must
// come before anything else that testcontainers does, which reads them once.
func adaptToMachine(ctx context.Context) {
	docker, err := client.New(client.FromEnv)
	if err != nil {
		return
	}
	defer docker.Close() //nolint:errcheck // closes idle connections
	answer, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	if _, err := docker.Ping(answer, client.PingOptions{}); err != nil {
		return // none, or one that only testcontainers finds
	}

	// The reaper removes our container should this process be killed. Where its
	// image can't be had, testcontainers would start nothing at all.
	if os.Getenv(envReaperOff) == "" && pull(ctx, docker, reaperImage) != nil {
		_ = os.Setenv(envReaperOff, "true") // fails on a malformed name only
	}
	// Inside a container testcontainers takes Docker to be outside, and looks
	// for published ports at the gateway.
	if os.Getenv(envHost) == "" && isOurs(answer, docker) {
		_ = os.Setenv(envHost, "127.0.0.1")
	}
}

// isOurs reports whether Docker shares this process's network: the bridge that
// containers are on is one of our interfaces.
func isOurs(ctx context.Context, docker *client.Client) bool {
	bridge, err := docker.NetworkInspect(ctx, "bridge", client.NetworkInspectOptions{})
	if err != nil {
		return false
	}
	_, err = net.InterfaceByName(bridge.Network.Options["com.docker.network.bridge.name"])
	return err == nil
}
