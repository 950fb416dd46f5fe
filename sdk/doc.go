// Package sdk is what programs import: typed steps, the graphs they are bound
// into, and the client that starts, runs, watches and steers workflows.
//
// # A first program
//
// A declaration is a stored name and types. It holds no code, so the program
// that starts a workflow and the one that runs its steps share declarations and
// nothing else:
//
//	var (
//		Greet = sdk.Step[string, string]{Name: "greet"}
//		Join  = sdk.Step[[]string, string]{Name: "join"}
//	)
//
// A handler implements a declaration with a plain function of plain types:
//
//	client, err := sdk.New(sdk.Config{
//		Pool: pool,
//		Handlers: []sdk.Handler{
//			Greet.Do(func(ctx context.Context, name string) (string, error) {
//				return "hello " + name, nil
//			}),
//			Join.Do(func(ctx context.Context, all []string) (string, error) {
//				return strings.Join(all, ", "), nil
//			}),
//		},
//	})
//	err = client.Start(ctx)
//	defer client.Stop(ctx)
//
// Binding declarations to values and to each other makes a graph, of which
// nothing runs and nothing is stored; Run stores it and waits for its output:
//
//	both := sdk.All(Greet.Call("ann"), Greet.Call("bob"))
//	text, err := sdk.Run(ctx, client, Join.Bind(both), sdk.StartOpts{ID: "greeting-1"})
//
// # The model
//
// A Ref[T] is a value of type T that a workflow will have. A step starts when all
// that it was bound to has its value; what doesn't depend on each other runs in
// parallel. The same Ref bound in several places is one step.
//
// Each step's body runs at least once, and its output is recorded exactly once:
// a recorded step never runs again, whatever dies. Info gives a body a key by
// which effects outside the database can be made once; DoTx gives it a
// transaction that commits with its output.
//
// A step that fails is tried again, as its Retry says. When it has failed for
// good, so has the workflow, unless all who bind it bind a Try of it. Resume
// goes on from what is recorded, with the code of today.
//
// A step implemented by Continue returns a Ref: more graph, whose output becomes
// its own. That is how a workflow loops, recurs and decides.
//
// An Event is a step that waits for what SendEvent sends to its workflow, and
// holds no worker meanwhile; nor does Sleep, or WaitSome, which waits for some of
// many steps.
//
// A Definition is a graph that has a name. Go and SQL start workflows by it,
// knowing nothing of the graph: a worker that has its code makes it.
//
// # Actors
//
// An Actor is a type of durable objects: a row with a state, and nothing else while it
// is idle. A Method changes the state by a pointer, a Query reads it by value, and
// neither compiles as the other. The calls of an actor run one at a time in the order
// in which they were accepted, from whatever process; a call's result and the state it
// led to are committed together. Queries see what is committed, and wait for nothing.
//
//	c, err := Counters.GetOrCreate(ctx, client, "visits", 0)
//	n, err := Incr.Run(ctx, c, 1)
//
// A call that fails is recorded, leaves the state as it was, and the actor goes on.
// It is tried again only if its CallOpts say so: those behind it wait meanwhile.
//
// # Values
//
// Values are JSON by encoding/json, and so are private copies for each reader.
// An argument is encoded when it is bound. What JSON or Postgres can't hold is
// refused and never changed silently: NaN and the infinities, channels and
// functions, invalid UTF-8, NUL in text. Minus zero becomes zero.
//
// # Mistakes
//
// Binding takes no context and returns no error. What is wrong with a graph is
// remembered in it and reported by the start: all of it, each as an *InputError
// that names step and argument, and nothing is stored. Types that don't fit
// don't compile.
package sdk
