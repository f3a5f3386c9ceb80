package queue

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/riverqueue/river"

	"weft/pipeline"
	"weft/pipeline/recipe"
)

// ticket is all that River knows of a task: where it stands in our tables.
// Its numbers are strings so that one SQL reads them in both databases.
type ticket struct {
	Job int64 `json:"job,string"`
	Seq int64 `json:"seq,string"`
}

// Kind names the ticket in River's tables.
func (ticket) Kind() string { return "weft_task" }

// The lanes of a store: pictures cost processor and memory, the rest waits for
// the network. Apart, a delete need not wait for a batch of pictures. What reads
// or writes files of a machine waits for a worker of that machine.
const (
	pictures = "pictures"
	objects  = "objects"
	files    = "files"
)

// lane is the name of River's queue for a verb.
func (q *Queue) lane(v pipeline.Verb) string {
	switch v {
	case pipeline.Process:
		return q.laneName(pictures)
	case pipeline.Upload, pipeline.Download:
		return q.laneName(files)
	}
	return q.laneName(objects)
}

// laneName makes a name River accepts, one for one, from a lane and the store,
// or for files from the machine and the store.
func (q *Queue) laneName(lane string) string {
	if lane == files {
		if !q.db.shared {
			return q.laneName(objects) // there is one machine, whatever its name today
		}
		lane += "_" + shortHash(q.origin.Machine)
	}
	return lane + "_" + shortHash(q.store)
}

// anyLane is a pattern of LIKE for every lane of this store.
func (q *Queue) anyLane() string { return "%_" + shortHash(q.store) }

func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:8])
}

// priority lets what a person waits for pass big batches; 1 is served first.
func priority(tasks int) int {
	switch {
	case tasks <= 20:
		return first
	case tasks <= 1000:
		return 2
	}
	return 3
}

// first is the priority of what a person waits for.
const first = 1

// last is the priority of tasks that workers died on: after all others.
const last = 4

const (
	rowsPerInsert    = 100  // tasks in one INSERT of ours
	ticketsPerInsert = 1000 // tickets given to River at once
)

// Submit stores a job with all its tasks, or none.
func (q *Queue) Submit(ctx context.Context, title string, tasks []pipeline.Task) (int64, error) {
	if len(tasks) == 0 {
		return 0, errors.New("submit: there is nothing to do")
	}
	shared := sharedRecipes(tasks)
	recipes, err := json.Marshal(shared)
	if err != nil {
		return 0, fmt.Errorf("submit: %w", err)
	}
	rows, err := encode(tasks, shared)
	if err != nil {
		return 0, fmt.Errorf("submit: %w", err)
	}
	var id int64
	err = q.db.change(ctx, q.db.write, func(tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, `UPDATE weft_change SET job = job + 1 RETURNING job`).Scan(&id); err != nil {
			return err
		}
		now := time.Now().UnixMilli()
		if err := execute(ctx, tx, `INSERT INTO weft_job (id, store, owner, title, verb, recipes, total, created, updated)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)`,
			id, q.store, q.origin.Owner, title, tasks[0].Verb, string(recipes), len(tasks), now); err != nil {
			return err
		}
		if err := insertTasks(ctx, tx, id, rows); err != nil {
			return err
		}
		seqs := make([]int64, len(tasks))
		for i := range seqs {
			seqs[i] = int64(i)
		}
		return q.enqueue(ctx, tx, id, seqs, priority(len(tasks)), func(i int) pipeline.Verb { return tasks[i].Verb })
	})
	if err != nil {
		return 0, fmt.Errorf("submit: %w", err)
	}
	return id, nil
}

// sharedRecipes are the recipes that all tasks have; nil if they differ. They
// are stored once: a batch of 100,000 would repeat them 100,000 times.
func sharedRecipes(tasks []pipeline.Task) []recipe.Recipe {
	first := tasks[0].Recipes
	for _, t := range tasks {
		same := len(t.Recipes) == len(first) && (len(first) == 0 || &t.Recipes[0] == &first[0])
		if !same && !reflect.DeepEqual(t.Recipes, first) {
			return nil
		}
	}
	return first
}

// encode writes each task as JSON, without the shared recipes.
func encode(tasks []pipeline.Task, shared []recipe.Recipe) ([]string, error) {
	rows := make([]string, len(tasks))
	for i, t := range tasks {
		if shared != nil {
			t.Recipes = nil
		}
		b, err := json.Marshal(t)
		if err != nil {
			return nil, err
		}
		rows[i] = string(b)
	}
	return rows, nil
}

// insertTasks stores a job's tasks in order.
func insertTasks(ctx context.Context, tx *sql.Tx, id int64, rows []string) error {
	full, err := tx.PrepareContext(ctx, insertStatement(min(rowsPerInsert, len(rows))))
	if err != nil {
		return err
	}
	defer func() { _ = full.Close() }()
	for from := 0; from < len(rows); from += rowsPerInsert {
		part := rows[from:min(from+rowsPerInsert, len(rows))]
		args := make([]any, 0, 1+2*len(part))
		args = append(args, id)
		for i, row := range part {
			args = append(args, from+i, row)
		}
		if from > 0 && len(part) < rowsPerInsert {
			err = execute(ctx, tx, insertStatement(len(part)), args...)
		} else {
			_, err = full.ExecContext(ctx, args...)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// insertStatement is an INSERT of n tasks: $1 is the job, then seq and task of each.
func insertStatement(n int) string {
	var b strings.Builder
	b.WriteString(`INSERT INTO weft_task (job, seq, task) VALUES `)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "($1,$%d,$%d)", 2+2*i, 3+2*i)
	}
	return b.String()
}

// enqueue gives River a ticket for each of a job's tasks named by seqs; verb
// tells what the i-th of them does.
func (q *Queue) enqueue(ctx context.Context, tx *sql.Tx, id int64, seqs []int64, priority int, verb func(i int) pipeline.Verb) error {
	tickets := make([]river.InsertManyParams, 0, min(ticketsPerInsert, len(seqs)))
	batches := map[string]int{} // tickets, by lane
	for i, seq := range seqs {
		lane := q.lane(verb(i))
		batches[lane]++
		tickets = append(tickets, river.InsertManyParams{
			Args: ticket{Job: id, Seq: seq},
			InsertOpts: &river.InsertOpts{
				Queue:       lane,
				Priority:    priority,
				MaxAttempts: 1000, // attempts are counted by us; River must not give a task up
			},
		})
		if len(tickets) == ticketsPerInsert || i == len(seqs)-1 {
			if _, err := q.river.InsertManyFastTx(ctx, tx, tickets); err != nil {
				return err
			}
			tickets = tickets[:0]
		}
	}
	if priority == first {
		return nil // they are done before it matters
	}
	for lane, n := range batches {
		if err := q.line(ctx, tx, id, lane, priority, n); err != nil {
			return err
		}
	}
	return nil
}
