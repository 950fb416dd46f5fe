// A first program: it greets three people at the same time and joins the
// greetings. Run it twice: the second time nothing runs, as the result is there.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgweir/weir/migrations"
	"github.com/pgweir/weir/sdk"
)

// A declaration is a stored name and types, without code.
var (
	Greet = sdk.Step[string, string]{Name: "greet"}
	Join  = sdk.Step[[]string, string]{Name: "join"}
)

func greet(_ context.Context, name string) (string, error) { return "hello " + name, nil }

func join(_ context.Context, all []string) (string, error) { return strings.Join(all, ", "), nil }

func main() {
	if err := run(context.Background(), os.Getenv("WEIR_DATABASE_URL"), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, databaseURL string, out io.Writer) (err error) {
	pool, err := pgxpool.New(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := migrations.Up(ctx, pool.Config().ConnConfig); err != nil {
		return err
	}

	client, err := sdk.New(sdk.Config{
		Pool:     pool,
		Handlers: []sdk.Handler{Greet.Do(greet), Join.Do(join)},
	})
	if err != nil {
		return err
	}
	if err := client.Start(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Stop(ctx)) }()

	// Binding makes a graph. Nothing runs and nothing is stored until Run.
	greetings := sdk.All(Greet.Call("ann"), Greet.Call("bob"), Greet.Call("eve"))
	text, err := sdk.Run(ctx, client, Join.Bind(greetings), sdk.StartOpts{ID: "greeting-1"})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, text)
	return nil
}
