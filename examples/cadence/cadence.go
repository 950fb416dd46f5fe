// Package cadence has three of Cadence's samples: a workflow inside a workflow, and
// a hundred files that are downloaded, processed and uploaded. The third, the trip
// that is taken back, is package saga.
package cadence

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgweir/weir/sdk"
)

// File is a file on the worker that has it.
type File struct{ Name, Content string }

var (
	Hello    = sdk.Step[string, string]{Name: "hello"}
	Compose  = sdk.Step[string, string]{Name: "compose_greeting"}
	Download = sdk.Step[string, File]{Name: "download"}
	Process  = sdk.Step[File, File]{Name: "process"}
	Upload   = sdk.Step[File, string]{Name: "upload"}
	Report   = sdk.Step[[]string, int]{Name: "report"}
)

var Handlers = []sdk.Handler{
	Hello.Continue(func(_ context.Context, name string) (sdk.Ref[string], error) { return Compose.Call(name), nil }),
	Compose.Do(func(_ context.Context, name string) (string, error) { return "Hello: " + name, nil }),
	Download.Do(func(_ context.Context, name string) (File, error) { return File{name, "content of " + name}, nil }),
	Process.Do(func(_ context.Context, f File) (File, error) { return File{f.Name, strings.ToUpper(f.Content)}, nil }),
	Upload.Do(func(_ context.Context, f File) (string, error) { return f.Name, nil }),
	Report.Do(func(_ context.Context, names []string) (int, error) { return len(names), nil }),
}

// Run prints a greeting and how many files were uploaded.
func Run(ctx context.Context, client *sdk.Client, _ *pgxpool.Pool, out io.Writer) error {
	greeting, err := sdk.Run(ctx, client, Hello.Call("Alice"), sdk.StartOpts{ID: "cadence-hello"})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, greeting)

	// The steps of one file are a chain, which one worker keeps to its end.
	var uploads []sdk.Ref[string]
	for i := range 100 {
		uploads = append(uploads, Upload.Bind(Process.Bind(Download.Call(fmt.Sprintf("file-%03d", i)))))
	}
	uploaded, err := sdk.Run(ctx, client, Report.Bind(sdk.All(uploads...)), sdk.StartOpts{ID: "cadence-files"})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, uploaded, "files uploaded")
	return nil
}
