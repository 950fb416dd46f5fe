package sdk_test

import (
	"context"
	"fmt"
	"time"

	"github.com/pgweir/weir/sdk"
)

// Steps that wait for what somebody says. What is sent again counts once.
func ExampleEvent() {
	ctx := context.Background()
	client, _, stop := start(Join.Do(join))
	defer stop()

	first := sdk.Event[string]("answer", sdk.EventOpts{Timeout: time.Hour})
	second := sdk.Event[string]("answer", sdk.EventOpts{Timeout: time.Hour})
	handle, err := sdk.Start(ctx, client, Join.Bind(sdk.All(first, second)), sdk.StartOpts{ID: "question-1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	answer := func(text, mail string) {
		fmt.Println(client.SendEvent(ctx, "question-1", "answer", text, sdk.SendEventOpts{Dedupe: mail}))
	}
	answer("yes", "mail-17")
	answer("yes", "mail-17")
	answer("perhaps", "mail-18")
	fmt.Println(handle.Wait(ctx))
	// Output:
	// true <nil>
	// false <nil>
	// true <nil>
	// yes-perhaps <nil>
}

// Letters is where letters come from: a queue, say, that forgets what it is told
// to.
type Letters struct{}

func (Letters) Poll(_ context.Context, box string) (string, error) {
	return "a letter in " + box, nil
}

func (Letters) Checkpointed(_ context.Context, id, letter string) error {
	fmt.Println("forget it:", letter)
	return nil
}

// An event that has to be fetched. Where it comes from is told when it is stored.
func ExampleListen() {
	ctx := context.Background()
	incoming := sdk.Listen[string, string]{Name: "incoming"}
	client, _, stop := start(incoming.Do(Letters{}), Upper.Do(upper))
	defer stop()

	fmt.Println(sdk.Run(ctx, client, Upper.Bind(incoming.Call("box 7")), sdk.StartOpts{}))
	// Output:
	// forget it: a letter in box 7
	// A LETTER IN BOX 7 <nil>
}
