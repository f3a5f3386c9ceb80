package queue

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"weft/pipeline"
)

// Every kind of change is taken back, done again and taken back, each time by a
// process that knows only the queue's file.
func TestUndoAndRedoAcrossRestarts(t *testing.T) {
	s := newShop(t)
	file := filepath.Join(t.TempDir(), "up.txt")
	if err := os.WriteFile(file, []byte("new"), 0o600); err != nil {
		t.Fatal(err)
	}
	old := s.put("restore/a", "one")
	s.put("restore/a", "two")
	s.put("back/a", "x")
	if _, err := s.bucket.Delete(t.Context(), "back/a", ""); err != nil {
		t.Fatal(err)
	}
	for _, k := range []string{"delete/a", "delete/b", "move/a", "copy/a", "over/a"} {
		s.put(k, "x")
	}
	s.put("over/b", "y")
	s.put("replace/a", "x")
	for _, c := range []struct {
		prefix, before, after string
		tasks                 []pipeline.Task
	}{
		{"delete/", "a=x b=x", "", []pipeline.Task{{Verb: pipeline.Delete, Key: "delete/a"}, {Verb: pipeline.Delete, Key: "delete/b"}}},
		{"move/", "a=x", "b/c=x", []pipeline.Task{{Verb: pipeline.Move, Key: "move/a", To: "move/b/c"}}},
		{"copy/", "a=x", "a=x b=x", []pipeline.Task{{Verb: pipeline.Copy, Key: "copy/a", To: "copy/b"}}},
		{"over/", "a=x b=y", "a=x b=x", []pipeline.Task{{Verb: pipeline.Copy, Key: "over/a", To: "over/b", Overwrite: true}}},
		{"upload/", "", "a=new", []pipeline.Task{{Verb: pipeline.Upload, File: file, Key: "upload/a"}}},
		{"replace/", "a=x", "a=new", []pipeline.Task{{Verb: pipeline.Upload, File: file, Key: "replace/a", Overwrite: true}}},
		{"restore/", "a=two", "a=one", []pipeline.Task{{Verb: pipeline.Restore, Key: "restore/a", VersionID: old.VersionID}}},
		{"back/", "", "a=x", []pipeline.Task{{Verb: pipeline.Undelete, Key: "back/a"}}},
	} {
		s.want(c.prefix, c.before)
		done := s.do(c.tasks...)
		s.want(c.prefix, c.after)
		if done.Undoable != len(c.tasks) {
			t.Errorf("%s: %d of it can be undone: %+v", c.prefix, done.Undoable, done)
		}
		undo := s.undo(false)
		s.want(c.prefix, c.before)
		if undo.State != Done || undo.Undoes != done.ID || undo.Title != "Undo: "+done.Title {
			t.Errorf("%s: undo is %+v", c.prefix, undo)
		}
		redo := s.undo(true)
		s.want(c.prefix, c.after)
		if redo.State != Done || redo.Redoes != undo.ID || redo.Undoes != 0 || redo.Title != "Redo: "+done.Title {
			t.Errorf("%s: redo is %+v", c.prefix, redo)
		}
		if again := s.undo(false); again.Undoes != redo.ID || again.State != Done {
			t.Errorf("%s: undo of the redo is %+v", c.prefix, again)
		}
		s.want(c.prefix, c.before)
	}
	if i, err := s.bucket.Stat(t.Context(), "move/a", ""); err != nil || i.Metadata["weaver"] != "Ada" {
		t.Errorf("what was moved and back is %+v, %v", i, err)
	}
}

// Undo and redo go back and forth through several jobs; a new change ends the redo.
func TestUndoWalksThroughTheHistory(t *testing.T) {
	s := newShop(t)
	s.put("w/a", "a")
	s.put("w/b", "b")
	s.do(pipeline.Task{Verb: pipeline.Delete, Key: "w/a"})
	s.do(pipeline.Task{Verb: pipeline.Move, Key: "w/b", To: "w/c"})
	s.want("w/", "c=b")
	s.undo(false)
	s.want("w/", "b=b")
	s.undo(false)
	s.want("w/", "a=a b=b")
	s.undo(true)
	s.want("w/", "b=b")
	s.undo(true)
	s.want("w/", "c=b")
	s.undo(false)
	s.want("w/", "b=b")
	s.do(pipeline.Task{Verb: pipeline.Copy, Key: "w/b", To: "w/d"})
	s.session(func(q *Queue) {
		if j, err := q.NextRedo(t.Context()); !errors.Is(err, ErrNothing) {
			t.Errorf("after a new change %+v would be redone, %v", j, err)
		}
	})
	s.undo(false)
	s.undo(false)
	s.want("w/", "a=a b=b")
	s.session(func(q *Queue) {
		if j, _, err := q.NextUndo(t.Context()); !errors.Is(err, ErrNothing) {
			t.Errorf("%+v would be undone once more, %v", j, err)
		}
	})
}

// An undo touches nothing that has changed since, and says which; the rest of
// the job comes back.
func TestUndoLeavesAloneWhatChangedSince(t *testing.T) {
	s := newShop(t)
	for _, k := range []string{"d/a", "d/b", "d/c", "m/a", "c/a"} {
		s.put(k, "x")
	}
	s.do(pipeline.Task{Verb: pipeline.Copy, Key: "c/a", To: "c/b"})
	s.put("c/b", "mine")
	if j := s.undo(false); j.Failed != 1 || !strings.Contains(j.Error, "changed since") {
		t.Errorf("copy: %+v", j)
	}
	s.want("c/", "a=x b=mine")
	s.do(pipeline.Task{Verb: pipeline.Move, Key: "m/a", To: "m/b"})
	s.put("m/a", "another")
	if j := s.undo(false); j.Failed != 1 || !strings.Contains(j.Error, "m/a") {
		t.Errorf("move: %+v", j)
	}
	s.want("m/", "a=another b=x")
	s.do(pipeline.Task{Verb: pipeline.Delete, Key: "d/a"}, pipeline.Task{Verb: pipeline.Delete, Key: "d/b"}, pipeline.Task{Verb: pipeline.Delete, Key: "d/c"})
	s.put("d/a", "again")
	if _, err := s.bucket.Delete(t.Context(), "d/a", ""); err != nil { // deleted by somebody else since
		t.Fatal(err)
	}
	s.put("d/b", "again")
	if j := s.undo(false); j.Failed != 2 || j.Done != 1 {
		t.Errorf("delete: %+v", j)
	}
	s.want("d/", "b=again c=x")
}

// Of a job that failed in part only what was done is taken back, and only once;
// what is gone for good says so and a retry does not do it again.
func TestUndoOfWhatCannotAllBeUndone(t *testing.T) {
	s := newShop(t)
	s.put("p/a", "a")
	s.put("p/b", "b")
	s.put("p/taken", "c")
	j := s.do(pipeline.Task{Verb: pipeline.Move, Key: "p/a", To: "p/z"}, pipeline.Task{Verb: pipeline.Move, Key: "p/b", To: "p/taken"})
	if j.Done != 1 || j.Failed != 1 {
		t.Fatalf("the job is %+v", j)
	}
	if u := s.undo(false); u.Total != 1 || u.State != Done {
		t.Errorf("undo is %+v", u)
	}
	s.want("p/", "a=a b=b taken=c")
	s.session(func(q *Queue) {
		if _, err := q.Undo(t.Context(), j.ID); err == nil || !strings.Contains(err.Error(), "already") {
			t.Errorf("twice: %v", err)
		}
		if _, err := q.Undo(t.Context(), 999); !errors.Is(err, ErrNoJob) {
			t.Errorf("of no job: %v", err)
		}
	})
	j = s.do(pipeline.Task{Verb: pipeline.Delete, Key: "p/a"}, pipeline.Task{Verb: pipeline.Purge, Key: "p/b"})
	u := s.undo(false)
	if u.Done != 1 || u.Failed != 1 || !strings.Contains(u.Error, "for good") || u.Undoes != j.ID {
		t.Errorf("undo of a purge and a delete is %+v", u)
	}
	s.put("p/b", "new")
	s.session(func(q *Queue) {
		if _, err := q.Retry(t.Context(), u.ID); err != nil {
			t.Fatal(err)
		}
		if u := awaitEnd(t, q, u.ID); u.Failed != 1 || !strings.Contains(u.Error, "for good") {
			t.Errorf("after a retry: %+v", u)
		}
	})
	s.want("p/", "a=a b=new taken=c")
	j = s.do(pipeline.Task{Verb: pipeline.Purge, Key: "p/b"})
	s.session(func(q *Queue) {
		if _, err := q.Undo(t.Context(), j.ID); !errors.Is(err, pipeline.ErrNoUndo) && (err == nil || !strings.Contains(err.Error(), "for good")) {
			t.Errorf("of a purge: %v", err)
		}
		next, passed, err := q.NextUndo(t.Context())
		if passed.ID != j.ID || err == nil && next.ID >= j.ID {
			t.Errorf("next is %+v, passed %+v, %v", next, passed, err)
		}
	})
}

// Many at once who undo the same job: one does.
func TestUndoOnce(t *testing.T) {
	s := newShop(t)
	s.put("o/a", "a")
	j := s.do(pipeline.Task{Verb: pipeline.Delete, Key: "o/a"})
	var all sync.WaitGroup
	results := make([]error, 8)
	for i := range results {
		all.Go(func() {
			q, err := Open(t.Context(), s.path, "a store", here)
			if err == nil {
				_, err = q.Undo(t.Context(), j.ID)
				err = errors.Join(err, q.Close())
			}
			results[i] = err
		})
	}
	all.Wait()
	done := 0
	for _, err := range results {
		if err == nil {
			done++
		} else if !strings.Contains(err.Error(), "already") {
			t.Error(err)
		}
	}
	if done != 1 {
		t.Errorf("%d have undone it", done)
	}
}

// What a process did by itself is in the history too, in as many jobs as it had
// batches to begin with: one; and it can be undone.
func TestRecordedWorkCanBeUndone(t *testing.T) {
	s := newShop(t)
	d := &pipeline.Doer{Bucket: s.bucket}
	var recorded int64
	s.session(func(q *Queue) {
		r := q.Record()
		for i := range recordsAtOnce + 3 {
			task := pipeline.Task{Verb: pipeline.Delete, Key: fmt.Sprintf("r/%d", i)}
			var o pipeline.Outcome
			if i%100 == 0 {
				s.put(task.Key, "x")
				var err error
				if o, err = d.Do(t.Context(), task, nil); err != nil {
					t.Fatal(err)
				}
			}
			if err := r.Add(t.Context(), task, o); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		recorded = r.id
	})
	s.want("r/", "")
	u := s.undo(false)
	if u.Undoes != recorded || u.Done != 6 || u.Failed != recordsAtOnce+3-6 || u.Title != "Undo: Delete 503 objects" {
		t.Errorf("undo is %+v", u)
	}
	s.want("r/", "0=x 100=x 200=x 300=x 400=x 500=x")
}

// A database of the first form keeps its jobs when this weft opens it, and what
// was deleted then can still be undone.
func TestMigrationFromTheFirstForm(t *testing.T) {
	onlySQLite(t) // PostgreSQL came with the third form
	s := newShop(t)
	s.put("v1/a", "a")
	marker, err := s.bucket.Delete(t.Context(), "v1/a", "")
	if err != nil {
		t.Fatal(err)
	}
	makeFirstForm(t, s.path, fmt.Sprintf(`{"version":%q,"keys":["v1/a"]}`, marker))
	var all sync.WaitGroup
	for range 4 { // first starts at once
		all.Go(func() {
			q, err := Open(t.Context(), s.path, "a store", here)
			if err == nil {
				err = q.Close()
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if u := s.undo(false); u.State != Done || u.Undoes != 7 {
		t.Errorf("undo is %+v", u)
	}
	s.want("v1/", "a=a")
	s.session(func(q *Queue) {
		// The move of that time is not known well enough to be taken back.
		if j, err := q.Job(t.Context(), 6); err != nil || j.Title != "Move b to c" || j.Done != 1 {
			t.Errorf("the old job is %+v, %v", j, err)
		}
		if _, err := q.Undo(t.Context(), 6); err == nil || !strings.Contains(err.Error(), "older weft") {
			t.Errorf("undo of the old move: %v", err)
		}
	})
}

// makeFirstForm writes a database as the first form's weft did, with a finished
// move (6) and a finished delete (7).
func makeFirstForm(t *testing.T, path, outcome string) {
	t.Helper()
	now := time.Now().UnixMilli()
	first, err := os.ReadFile(filepath.Join(store.here, "testdata", "form1.sql"))
	if err != nil {
		t.Fatal(err)
	}
	if err := touch(path); err != nil {
		t.Fatal(err)
	}
	db, err := openSQLite(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range append(strings.Split(string(first), ";\n"),
		fmt.Sprintf(`INSERT INTO weft_job (id, store, title, verb, recipes, total, done, created, updated) VALUES
			(6, 'a store', 'Move b to c', 'move', 'null', 1, 1, %d, %d), (7, 'a store', 'Delete a', 'delete', 'null', 1, 1, %d, %d)`, now, now, now, now),
		`INSERT INTO weft_task (job, seq, task, state, outcome) VALUES (6, 0, '{"verb":"move","key":"v1/b","to":"v1/c"}', 'done', '{"version":"x","keys":["v1/c"]}'),
			(7, 0, '{"verb":"delete","key":"v1/a"}', 'done', '`+outcome+`')`,
		`UPDATE weft_change SET job = 7`) {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if _, err := db.write.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	if err := db.close(); err != nil {
		t.Fatal(err)
	}
}
