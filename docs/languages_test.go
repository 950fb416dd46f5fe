package docs

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/testdb"
	"github.com/pgweir/weir/sdk"
)

const headingLanguages = "From other languages"

type (
	order struct {
		No    int      `json:"no"`
		Items []string `json:"items"`
	}
	payment struct {
		Amount int `json:"amount"`
	}
)

var (
	shipOrder = sdk.Definition[order, string]{Name: "ship_order"}
	ship      = sdk.Step2[order, payment, string]{Name: "ship"}
)

// tablesSQL is what the section takes for granted: the user's own tables, and
// that the user of the role may make triggers.
const tablesSQL = `
create table orders (no integer primary key, items text[] not null);
create table payments (id serial primary key, no integer not null, amount integer not null);
alter table orders owner to weir_client;
alter table payments owner to weir_client;
grant create on schema public to weir_client`

// The section is one session, from its begin to its end.
func TestOtherLanguagesStartSendAndWait(t *testing.T) {
	t.Parallel()
	ctx, url := t.Context(), testdb.URL(t)
	client, err := sdk.New(sdk.Config{Pool: testdb.As(t, url, "weir_worker"), Handlers: []sdk.Handler{
		shipOrder.Build(func(o order) sdk.Ref[string] {
			return ship.Bind(sdk.Val(o), sdk.Event[payment]("paid", sdk.EventOpts{}))
		}),
		ship.Do(func(_ context.Context, o order, p payment) (string, error) {
			return fmt.Sprintf("%v of order %d for %d", o.Items, o.No, p.Amount), nil
		}),
	}})
	require.NoError(t, err)
	require.NoError(t, client.Start(ctx))
	t.Cleanup(func() { require.NoError(t, client.Stop(context.Background())) })
	owner, err := pgx.Connect(ctx, url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = owner.Close(context.Background()) })
	_, err = owner.Exec(ctx, tablesSQL)
	require.NoError(t, err)

	conn, err := testdb.As(t, url, "weir_client").Acquire(ctx)
	require.NoError(t, err)
	t.Cleanup(conn.Release)
	var rows []string
	for _, b := range blocks(t, "docs/sql.md", "sql") {
		if b.heading != headingLanguages {
			continue
		}
		results, err := conn.Conn().PgConn().Exec(ctx, b.text).ReadAll()
		require.NoError(t, err, b.text)
		for _, result := range results {
			for _, row := range result.Rows {
				rows = append(rows, fmt.Sprintf("%s", row))
			}
		}
	}
	require.Equal(t, []string{"[order-4]", "[t]", `[SUCCESSFUL "[tea] of order 4 for 12"]`, "[order-5]"}, rows)

	shipped := func(id string) string {
		output, err := sdk.Attach[string](client, id).Wait(ctx)
		require.NoError(t, err)
		return output
	}
	_, err = conn.Exec(ctx, `insert into orders values (6, '{milk}')`)
	require.NoError(t, err)
	_, err = conn.Exec(ctx, `insert into payments (no, amount) values (6, 3), (5, 20)`)
	require.NoError(t, err)
	require.Equal(t, "[milk] of order 6 for 3", shipped("order-6"))
	require.Equal(t, "[tea cups] of order 5 for 20", shipped("order-5"))
	_, err = conn.Exec(ctx, `insert into payments (no, amount) values (6, 3)`)
	require.ErrorContains(t, err, "order 6 has been shipped or cancelled")
}
