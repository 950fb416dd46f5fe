package testdb

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"
	"github.com/testcontainers/testcontainers-go/modules/postgres"
)

// containerTimeout bounds starting one.
const containerTimeout = time.Minute

// prepare guards the settings of testcontainers, which are the process's.
var prepare sync.Once

func startContainer(ctx context.Context, image string) (*Server, error) {
	prepare.Do(func() {
		log.SetDefault(log.NewNoopLogger())
		adaptToMachine(ctx)
	})
	if err := ensureImage(ctx, image); err != nil {
		return nil, err
	}

	var arguments []string
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		arguments = append(arguments, "-c", name+"="+settings[name])
	}
	ctx, cancel := context.WithTimeout(ctx, containerTimeout)
	defer cancel()
	container, err := postgres.Run(ctx, image,
		testcontainers.WithCmdArgs(arguments...),
		postgres.BasicWaitStrategies())
	stop := func() error { return testcontainers.TerminateContainer(container) }
	if err != nil {
		return nil, errors.Join(err, stop())
	}
	url, err := container.ConnectionString(ctx, "sslmode=disable")
	if err != nil {
		return nil, errors.Join(err, stop())
	}
	return &Server{url: url, stop: stop}, nil
}
