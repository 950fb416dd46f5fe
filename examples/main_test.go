package main

import (
	"bytes"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/pgweir/weir/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// golden is what each example prints.
var golden = map[string]string{
	"airflow": "Total order value is: 1236.70\n",
	"argo": `hello: hello world
steps: hello1, hello2a, hello2b
dag: A, B, C, D
loop: hello world, goodbye world
conditional: it was tails
recursion: it was heads in the end
exit: mail sent, cry
retry: done with a retry policy at attempt 3
retry-by-hand: done by hand at attempt 3
`,
	"bank": `in all accounts before: 300
ann to bob: 30, done
bob to cy: 50, done
cy to ann: 20, done
ann to cy: 500, refused
cy to nobody: 10, came back
in all accounts after: 300
`,
	"cadence": "Hello: Alice\n100 files uploaded\n",
	"events":  "ann and cid said yes, transfer 42 for purchase-1, rebate: false\n",
	"chains":  "20 [14 15 15 16] 6 additions\n",
	"counter": "after a call: 2\ncall 3 of 3: 5\ncall 2 of 3: 4\ncall 1 of 3: 3\nit stands at: 5\n",
	"google":  "foobar\nthe medium branch\nhello, Kristof\n",
	"metaflow": `Stranger Things processed
House of Cards processed
Narcos processed
`,
	"named": `order 1: a box of tea, a box of cups
order 2: a box of coffee
order 3: no workflow: true
`,
	"prefect":   "89\n",
	"raycore":   "bound, nothing is stored: true\nstarted by one, read by another: 40\n",
	"factorial": "20! = 2432902008176640000\n",
	"fanout":    "1229 primes below 10000\n",
	"saga":      "cancelled the flight\ncancelled the hotel\n",
	"timers":    "reminded in time: true, parcel found at look 3\n",
	"transaction": `ann has 70, bob has 80
not enough money
together they have 150, as before
`,
	"trip": `flights [OAK-SAN SAN-OAK], sleeping in a tent
book_flight    succeeded  attempt 1  
book_return    succeeded  attempt 2  
book_hotel     failed     attempt 1  no rooms in SAN
finalize_trip  succeeded  attempt 1  
`,
}

func TestExamplesPrint(t *testing.T) {
	t.Parallel()
	require.Len(t, golden, len(examples))

	for name, want := range golden {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var out bytes.Buffer
			require.NoError(t, run(t.Context(), testdb.URL(t), examples[name], &out))
			require.Equal(t, want, out.String())
		})
	}
}

// What is recorded never runs again.
func TestExampleRunTwiceRunsItsStepsOnce(t *testing.T) {
	t.Parallel()
	url := testdb.URL(t)

	var first, second bytes.Buffer
	require.NoError(t, run(t.Context(), url, examples["trip"], &first))
	require.NoError(t, run(t.Context(), url, examples["trip"], &second))
	require.Equal(t, first.String(), second.String())

	pool, err := pgxpool.New(t.Context(), url)
	require.NoError(t, err)
	defer pool.Close()
	var attempts int
	require.NoError(t, pool.QueryRow(t.Context(), `select sum(attempt) from weir.steps`).Scan(&attempts))
	require.Equal(t, 5, attempts)
}

// What was refused isn't tried again, and what was made isn't made again.
func TestExampleBankRunTwiceMovesMoneyOnce(t *testing.T) {
	t.Parallel()
	url := testdb.URL(t)
	for range 2 {
		var out bytes.Buffer
		require.NoError(t, run(t.Context(), url, examples["bank"], &out))
		require.Equal(t, golden["bank"], out.String())
	}

	pool, err := pgxpool.New(t.Context(), url)
	require.NoError(t, err)
	defer pool.Close()
	rows, err := pool.Query(t.Context(), `select (state ->> 'balance')::bigint from weir.actors order by actor_id`)
	require.NoError(t, err)
	balances, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	require.NoError(t, err)
	require.Equal(t, []int64{90, 80, 130}, balances)
}
