package sdk

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"
)

// Definition declares a graph of one argument that workflows are started from by
// its name, by Go and by SQL alike. Like a Step it holds a stored name and types,
// but no code: a program that only starts it needs no more.
//
//	var PlanTrip = sdk.Definition[TripReq, Trip]{Name: "plan_trip"}
//
// A workflow of it has one step, whose function is of that name. A worker that
// has the handler makes the graph of the stored input; until there is one, the
// step waits.
type Definition[In, Out any] struct {
	// Name is what is stored, what workers know the graph by, and the workflow's
	// name: 1-127 bytes without control characters, not starting with "weir.".
	// Steps and definitions share their names.
	Name string

	// Queue is the queue whose workers make the graph. The steps in it have queues
	// of their own.
	//
	// Defaults to "default".
	Queue string
}

func (d Definition[In, Out]) declared() declaration {
	return declaration{Name: d.Name, Queue: d.Queue}
}

// Build implements the definition by a function that binds its graph. What it
// returned is stored once, and is never made again; its value is the workflow's
// output. A mistake in it fails the step at once, as an *InputError. The handler
// is refused by New if build is nil.
func (d Definition[In, Out]) Build(build func(In) Ref[Out]) Handler {
	return continueHandler(d.Name, build == nil, func(_ context.Context, args *arguments) (*node, error) {
		in := next[In](args)
		if err := args.end(); err != nil {
			return nil, err
		}
		return build(in).node, nil
	})
}

// Call makes a step of another graph: it has the graph made of a value, which is
// encoded at once.
func (d Definition[In, Out]) Call(in In) Ref[Out] {
	return d.Bind(Val(in))
}

// Bind makes a step of another graph: it has the graph made of what another step
// will return.
func (d Definition[In, Out]) Bind(in Ref[In]) Ref[Out] {
	return Ref[Out]{node: d.declared().bind(in.node)}
}

// Start stores a workflow of the definition, as sdk.Start does of a graph. The
// same start from SQL is weir.start, and finds the same workflow by its ID.
func (d Definition[In, Out]) Start(ctx context.Context, client *Client, in In, opts StartOpts) (Handle[Out], error) {
	return startOne[Out](ctx, client, d.start(in, opts))
}

// StartTx is Start within tx: the workflow exists once tx commits, or never.
func (d Definition[In, Out]) StartTx(ctx context.Context, client *Client, tx pgx.Tx, in In, opts StartOpts) (Handle[Out], error) {
	return startOneTx[Out](ctx, client, tx, d.start(in, opts))
}

// Run is Start and then Wait. If ctx ends, the workflow goes on.
func (d Definition[In, Out]) Run(ctx context.Context, client *Client, in In, opts StartOpts) (Out, error) {
	return run[Out](ctx, client, d.start(in, opts))
}

func (d Definition[In, Out]) start(in In, opts StartOpts) start {
	return start{root: d.Call(in).node, opts: opts, name: &d.Name}
}

// Defined is a Definition together with its code.
type Defined[In, Out any] struct {
	Definition[In, Out]
	build func(In) Ref[Out]
}

// Define declares and implements a graph in one. A graph that has itself as a
// node, and programs that share no code, need the two apart: a Definition, and
// its Build.
func Define[In, Out any](name string, build func(In) Ref[Out]) Defined[In, Out] {
	return Defined[In, Out]{Definition[In, Out]{Name: name}, build}
}

// Handler is for the Handlers of a Config.
func (d Defined[In, Out]) Handler() Handler { return d.Build(d.build) }

// StartNamed starts the workflow that a registered name stands for, of whatever
// types: a definition, or any step of one argument. The input is encoded, and a
// json.RawMessage is taken as it is. Nobody has to know the name yet: until some
// worker does, the workflow's one step is ready and waits.
//
// It fails with an *InputError whose Field is "name" for what is no name, and else
// as sdk.Start does.
func (c *Client) StartNamed(ctx context.Context, name string, input any, opts StartOpts) (Handle[json.RawMessage], error) {
	return named(name).Start(ctx, c, input, opts)
}

// StartNamedTx is StartNamed within tx: the workflow exists once tx commits, or
// never.
func (c *Client) StartNamedTx(ctx context.Context, tx pgx.Tx, name string, input any, opts StartOpts) (Handle[json.RawMessage], error) {
	return named(name).StartTx(ctx, c, tx, input, opts)
}

func named(name string) Definition[any, json.RawMessage] {
	return Definition[any, json.RawMessage]{Name: name}
}
