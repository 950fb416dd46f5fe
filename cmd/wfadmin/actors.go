package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/pgweir/weir/cmd/wfadmin/internal/show"
	"github.com/pgweir/weir/sdk"
)

// anyActor steers actors of whatever state.
type anyActor = sdk.Actor[json.RawMessage, json.RawMessage]

// anyMethod is one of theirs.
type anyMethod = sdk.Method[json.RawMessage, json.RawMessage, json.RawMessage]

func actorsCommand() *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "actors",
		Short: "Look at actors and steer them",
		Long: `Shows actors, their states and their calls, and steers them. An actor is named by its
type and its id.`,
	})
	cmd.AddCommand(
		actorsListCommand(),
		actorsGetCommand(),
		actorsStateCommand(),
		actorsCallsCommand(),
		actorsCallCommand(),
		actorsResumeCommand(),
		actorsSetStateCommand(),
		actorsDeleteCommand(),
	)
	return cmd
}

// actorName is how a sentence names an actor.
func actorName(args []string) string { return fmt.Sprintf("%s %q", args[0], args[1]) }

// actorRow is what a command that changes an actor says as JSON.
func actorRow(args []string, done show.Row) show.Row {
	return append(show.Row{{Name: "type", Value: args[0]}, {Name: "actor_id", Value: args[1]}}, done...)
}

// findActor returns one that is there.
func findActor(ctx context.Context, db database, args []string) (sdk.ActorRef[json.RawMessage], error) {
	actor, err := anyActor{Type: args[0]}.Get(ctx, db.client, args[1])
	if err != nil {
		err = fmt.Errorf("actor %s: %w", actorName(args), err)
	}
	return actor, err
}
