package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"weft/pipeline"
	"weft/pipeline/picture"
	"weft/pipeline/queue"
	"weft/pipeline/recipe"
	"weft/s3ops"
)

// The messages: what came of an effect. Those of reads carry the token of the
// fetch they answer, so that a stale answer is known and dropped.
type (
	// connected: the bucket is open, or why not.
	connected struct {
		session *Session
		err     error
	}
	// surveyedStores: the buckets and profiles there are.
	surveyedStores struct {
		token  int
		stores Stores
	}
	// switched: the parts of another store, or why not.
	switched struct {
		token int
		parts Parts
		err   error
	}
	// loggedIn: a code was taken, or why not; then goes on.
	loggedIn struct {
		needed *s3ops.CodeNeeded
		then   func(*Model) tea.Cmd
		err    error
	}
	// recipesRead: the recipes in force, and what is wrong with any.
	recipesRead struct {
		session *Session
		recipes []recipe.Recipe
		err     error
	}
	// splitPlanned: what splitting a photo would do, drawn on it, or why it cannot be.
	splitPlanned struct {
		token int
		plan  pipeline.SplitPlan
		lines []string
		err   error
	}
	// queueOpened: the queue is open, or why not.
	queueOpened struct {
		queue *queue.Queue
		err   error
	}
	// listed: how far the listing is; next reads on unless it is done.
	listed struct {
		token int
		rows  rows
		done  bool
		err   error
		next  func() listed
	}
	// surveyed: how many objects a folder of the folder pane holds, or, with
	// others set, which folders lie beside the five.
	surveyed struct {
		prefix string
		count  int
		more   bool // counting stopped before the end
		others []string
		root   bool
		err    error
	}
	// versioned: whether the bucket keeps old versions; "" if that is not known.
	versioned struct{ state s3ops.Versioning }
	// rested: the cursor stayed where it is long enough to look closer.
	rested struct{ token int }
	// described: what is known of the object under the cursor.
	described struct {
		token    int
		info     s3ops.Info
		known    *picture.Facts // from its row in the table
		versions int            // -1: not known
		err      error
	}
	// previewed: its picture.
	previewed struct {
		token int
		key   string // cache key
		lines []string
		facts picture.Facts
		err   error
	}
	// matched: which results exist of the sources in a folder.
	matched struct {
		token   int
		results map[string]time.Time // output key to when it was written
	}
	// arranged: the rows were filtered and ordered, or a reload is ready to be shown.
	arranged struct {
		token   int
		has     arrangement
		order   []int32
		tidy    int
		rows    int // as many as there were
		renewed *objects
		edits   int // of the marks that renewed has
	}
	// gathered: the objects below the chosen folders, before a question is asked.
	gathered struct {
		token   int
		objects selection
		err     error
		then    func(m *Model, objects selection) tea.Cmd
	}
	// signed: links.
	signed struct {
		token int
		links []s3ops.Link
		err   error
	}
	// submitted: a job went into the queue, or why not.
	submitted struct {
		job queue.Job
		err error
	}
	// compared: whether the worker has other credentials than the session.
	compared struct{ differs bool }
	// foreseen: the job that z takes back, or Z does again, and what that would do.
	foreseen struct {
		redo    bool
		job     queue.Job
		passed  queue.Job // a newer one that cannot be taken back; ID 0: none
		why     string    // why not
		outlook queue.Outlook
		err     error
	}
	// undone: it is being taken back, by a job of its own.
	undone struct {
		job queue.Job
		err error
	}
	// watched: a newer state of the queue.
	watched struct {
		snapshot queue.Snapshot
		err      error
	}
	// detailed: the tasks of a job.
	detailed struct {
		job   int64
		tasks []queue.TaskState
		err   error
	}
	// logged: what was done.
	logged struct {
		token int
		deeds []queue.Deed
		err   error
	}
	// planned: some more of what recipes would do; next reads on.
	planned struct {
		token int
		some  []planPart
		next  tea.Cmd
	}
	// resultsCompared: how some more results stand; next reads on.
	resultsCompared struct {
		token int
		some  []standing
		next  tea.Cmd
	}
	// named: what a pattern makes of the names of the marked objects.
	named struct {
		token   int
		plan    []pipeline.Renaming
		count   map[string]int // by state
		unknown int            // names that were not looked up
		err     error
	}
	// chronicled: the versions of an object.
	chronicled struct {
		token    int
		versions []s3ops.Object
		err      error
	}
	// collected: the paths chosen in the picker, as tasks.
	collected struct {
		tasks   []pipeline.Task
		skipped []string
		err     error
	}
	// folderRead: what a folder of this machine holds, or why that is not known.
	folderRead struct {
		token int
		files []localFile
		err   error
	}
	// traced: where to go: to what begins with a prefix, and there to an object.
	traced struct {
		prefix string
		key    string // "" if to none
		err    error
	}
	// woken: a worker was started in place of one that is gone.
	woken struct{ err error }
	// controlled: a job was cancelled or retried.
	controlled struct {
		text string
		err  error
	}
	// saved: a sheet's text was written to a file.
	saved struct {
		path string
		err  error
	}
	// faded: a toast's time is over.
	faded struct{ token int }
	// ticked: time passed, for the ages on screen.
	ticked struct{}
)
