package sdk_test

import (
	"context"
	"fmt"
	"time"

	"github.com/pgweir/weir/sdk"
)

// Newsletter is an actor that sends itself at times.
type Newsletter struct{ Sent int }

func NewNewsletter(context.Context, struct{}) (*Newsletter, error) { return &Newsletter{}, nil }

var sent = make(chan string)

func (n *Newsletter) Send(ctx context.Context, subject string) (int, error) {
	n.Sent++
	call, _ := sdk.InfoOfCall(ctx)
	sent <- fmt.Sprintf("%s, by the reminder %q", subject, call.Tick.Reminder)
	return n.Sent, nil
}

var (
	Newsletters = sdk.Actor[Newsletter, struct{}]{Type: "Newsletter"}
	Send        = sdk.Method[Newsletter, string, int]{Actor: "Newsletter", Name: "send"}
)

// Calls that an actor gets at a time, or every so often, whatever happens meanwhile.
func ExampleMethod_Remind() {
	ctx := context.Background()
	client, _, stop := start(Newsletters.Do(NewNewsletter), Send.Do((*Newsletter).Send))
	defer stop()

	n, err := Newsletters.GetOrCreate(ctx, client, "gardeners", struct{}{})
	if err != nil {
		fmt.Println(err)
		return
	}
	soon := sdk.RemindOpts{Name: "soon", At: time.Now().Add(100 * time.Millisecond)}
	fmt.Println(Send.Remind(ctx, n, "Hello", soon))
	fmt.Println(Send.Remind(ctx, n, "Roses", sdk.RemindOpts{Name: "weekly", Every: 7 * 24 * time.Hour}))
	fmt.Println(<-sent)

	reminders, err := n.Reminders(ctx)
	fmt.Println(len(reminders), reminders[0].Name, reminders[0].Every, err)
	fmt.Println(n.Forget(ctx, "weekly"))
	// Output:
	// <nil>
	// <nil>
	// Hello, by the reminder "soon"
	// 1 weekly 168h0m0s <nil>
	// true <nil>
}
