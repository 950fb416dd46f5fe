package sdk_test

import (
	"context"
	"fmt"
	"log"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgweir/weir/internal/testdb"
	"github.com/pgweir/weir/sdk"
)

// example is what an Example has instead of a testing.T: testdb makes it a
// database, and end removes that.
type example struct {
	testing.TB // none: what isn't below is not called
	cleanups   []func()
}

func (e *example) Name() string              { return "Example" }
func (e *example) Helper()                   {}
func (e *example) Failed() bool              { return false }
func (e *example) Logf(string, ...any)       {}
func (e *example) Cleanup(cleanup func())    { e.cleanups = append(e.cleanups, cleanup) }
func (e *example) Errorf(s string, a ...any) { log.Panicf(s, a...) }
func (e *example) Fatalf(s string, a ...any) { log.Panicf(s, a...) }

func (e *example) end() {
	for _, cleanup := range slices.Backward(e.cleanups) {
		cleanup()
	}
}

// database returns a pool of a migrated database, and what removes both.
func database() (pool *pgxpool.Pool, end func()) {
	e := &example{}
	return testdb.New(e), e.end
}

// start returns a client that runs the handlers, and what ends it all.
func start(handlers ...sdk.Handler) (client *sdk.Client, pool *pgxpool.Pool, stop func()) {
	pool, end := database()
	client, err := sdk.New(sdk.Config{Pool: pool, Handlers: handlers})
	if err != nil {
		log.Panic(err)
	}
	if err := client.Start(context.Background()); err != nil {
		log.Panic(err)
	}
	return client, pool, func() {
		defer end()
		violations, err := client.Check(context.Background())
		if err != nil || len(violations) > 0 {
			fmt.Println("weir.check():", violations, err)
		}
		if err := client.Stop(context.Background()); err != nil {
			fmt.Println("stopping:", err)
		}
	}
}
