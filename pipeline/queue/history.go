package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"weft/pipeline"
)

// Filter says which jobs of the history are wanted.
type Filter struct {
	Text   string  // in the title or in what a task says, in small or capital letters; "": any
	States []State // none: any
	Limit  int     // the newest so many; 0: all that are kept
}

// Deed is a job with the command that does the same.
type Deed struct {
	Job
	Command string `json:"command"` // "": none does
}

// Find reads the jobs of the history that a filter lets through, newest first.
func (q *Queue) Find(ctx context.Context, f Filter) ([]Job, error) {
	for _, s := range f.States {
		if !s.known() && s != Paused {
			return nil, fmt.Errorf("%q is no state of a job: it is queued, running, paused, done, failed or cancelled", s)
		}
	}
	quoted, err := json.Marshal(f.Text) // as it stands in a task
	if err != nil {
		return nil, err
	}
	all, err := collect(ctx, q.db.read, scanJob, `SELECT `+jobColumns+` FROM weft_job WHERE store = $1 AND ($2 = '%%'
		OR lower(title) LIKE $2 ESCAPE '\' OR EXISTS (SELECT 1 FROM weft_task WHERE job = weft_job.id AND lower(task) LIKE $3 ESCAPE '\'))
		ORDER BY id DESC`, q.store, pattern(f.Text), pattern(string(quoted[1:len(quoted)-1])))
	if err != nil {
		return nil, q.db.explain(err)
	}
	if len(f.States) > 0 {
		all = slices.DeleteFunc(all, func(j Job) bool { return !slices.Contains(f.States, j.State) })
	}
	if f.Limit > 0 {
		all = all[:min(f.Limit, len(all))]
	}
	return all, nil
}

// pattern is LIKE's for what contains a text.
func pattern(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(text)) + "%"
}

// Log is Find, with the command of each job.
func (q *Queue) Log(ctx context.Context, f Filter) ([]Deed, error) {
	jobs, err := q.Find(ctx, f)
	if err != nil {
		return nil, err
	}
	deeds := make([]Deed, len(jobs))
	for i, j := range jobs {
		deeds[i] = Deed{Job: j}
		switch {
		case j.Undoes != 0:
			deeds[i].Command = fmt.Sprintf("weft undo %d", j.Undoes)
			continue
		case j.Redoes != 0:
			deeds[i].Command = fmt.Sprintf("weft redo %d", j.Redoes)
			continue
		}
		first, err := q.Tasks(ctx, j.ID, 0, 3)
		if err != nil {
			return nil, err
		}
		var tasks []pipeline.Task
		for _, t := range first {
			tasks = append(tasks, t.Task)
		}
		deeds[i].Command = pipeline.Command(tasks, j.Total)
	}
	return deeds, nil
}
