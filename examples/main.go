// Examples of workflows, each in a folder of its own:
//
//	go run ./cmd/wfadmin dev                        # a private Postgres; prints its URL
//	WEIR_DATABASE_URL=... go run ./examples trip
//
// A second run of the same example on the same database runs no step: the
// workflow is there and successful, so its stored output is printed.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"os/signal"
	"slices"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgweir/weir/examples/airflow"
	"github.com/pgweir/weir/examples/argo"
	"github.com/pgweir/weir/examples/bank"
	"github.com/pgweir/weir/examples/cadence"
	"github.com/pgweir/weir/examples/chains"
	"github.com/pgweir/weir/examples/counter"
	"github.com/pgweir/weir/examples/events"
	"github.com/pgweir/weir/examples/factorial"
	"github.com/pgweir/weir/examples/fanout"
	"github.com/pgweir/weir/examples/google"
	"github.com/pgweir/weir/examples/metaflow"
	"github.com/pgweir/weir/examples/named"
	"github.com/pgweir/weir/examples/prefect"
	"github.com/pgweir/weir/examples/raycore"
	"github.com/pgweir/weir/examples/saga"
	"github.com/pgweir/weir/examples/timers"
	"github.com/pgweir/weir/examples/transaction"
	"github.com/pgweir/weir/examples/trip"
	"github.com/pgweir/weir/migrations"
	"github.com/pgweir/weir/sdk"
)

// example is what runs its steps, and a program that starts a workflow of them.
type example struct {
	handlers []sdk.Handler
	run      func(ctx context.Context, client *sdk.Client, pool *pgxpool.Pool, out io.Writer) error
}

var examples = map[string]example{
	"airflow":     {airflow.Handlers, airflow.Run},
	"argo":        {argo.Handlers, argo.Run},
	"bank":        {bank.Handlers, bank.Run},
	"cadence":     {cadence.Handlers, cadence.Run},
	"chains":      {chains.Handlers, chains.Run},
	"counter":     {counter.Handlers, counter.Run},
	"events":      {events.Handlers, events.Run},
	"factorial":   {factorial.Handlers, factorial.Run},
	"fanout":      {fanout.Handlers, fanout.Run},
	"google":      {google.Handlers, google.Run},
	"metaflow":    {metaflow.Handlers, metaflow.Run},
	"named":       {named.Handlers, named.Run},
	"prefect":     {prefect.Handlers, prefect.Run},
	"raycore":     {raycore.Handlers, raycore.Run},
	"saga":        {saga.Handlers, saga.Run},
	"timers":      {timers.Handlers, timers.Run},
	"transaction": {transaction.Handlers, transaction.Run},
	"trip":        {trip.Handlers, trip.Run},
}

func main() {
	log.SetFlags(0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()

	url := os.Getenv("WEIR_DATABASE_URL")
	if len(os.Args) != 2 || !slices.Contains(slices.Collect(maps.Keys(examples)), os.Args[1]) || url == "" {
		log.Fatalf("usage: WEIR_DATABASE_URL=... go run ./examples NAME, one of %v", slices.Sorted(maps.Keys(examples)))
	}
	if err := run(ctx, url, examples[os.Args[1]], os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// run prepares the database, and is both the worker and the program that starts
// the workflow. In production these are often two.
func run(ctx context.Context, databaseURL string, e example, out io.Writer) (err error) {
	pool, err := pgxpool.New(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := migrations.Up(ctx, pool.Config().ConnConfig); err != nil {
		return err
	}
	client, err := sdk.New(sdk.Config{Pool: pool, Handlers: e.handlers})
	if err != nil {
		return err
	}
	if err := client.Start(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Stop(context.WithoutCancel(ctx))) }()

	if err := e.run(ctx, client, pool, out); err != nil {
		return err
	}
	violations, err := client.Check(ctx)
	if err == nil && len(violations) > 0 {
		err = fmt.Errorf("broken invariants: %v", violations)
	}
	return err
}
