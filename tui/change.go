package tui

import (
	"errors"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"weft/pipeline"
	"weft/s3ops"
)

// upload opens the file picker; what is chosen goes to the folder shown.
func (m *Model) upload() tea.Cmd {
	s, cmd := newPickerSheet(m.theme, m.writable())
	m.sheet = s
	return cmd
}

// newUploadQuestion says what of the chosen paths cannot be uploaded.
func newUploadQuestion(msg collected) question {
	lines := []string{plural(len(msg.tasks), "file") + " will be uploaded. These are left out:"}
	for i, s := range msg.skipped {
		if i == 6 {
			lines = append(lines, "… and "+group(len(msg.skipped)-i)+" more")
			break
		}
		lines = append(lines, Clean(s))
	}
	return question{title: "Upload", lines: lines, yes: "Upload the rest", do: func(m *Model) tea.Cmd { return m.run(msg.tasks) }}
}

// save downloads to the downloads folder of this machine.
func (m *Model) save() tea.Cmd { return m.saveTo(saveFolder()) }

func (m *Model) saveAs() tea.Cmd {
	return m.ask("Save to a folder of this machine", "It is made if it does not exist. Nothing in it is overwritten.", saveFolder(), func(m *Model, text string) tea.Cmd {
		dir, err := absolute(text)
		if err != nil {
			return m.fail(err)
		}
		return m.saveTo(dir)
	})
}

// saveTo downloads what is chosen into dir; folders keep their shape below it.
func (m *Model) saveTo(dir string) tea.Cmd {
	base := m.objects.folder()
	return m.gatherThen(m.objects.chosen(), func(m *Model, objects []s3ops.Object) tea.Cmd {
		var tasks []pipeline.Task
		for _, o := range objects {
			if strings.HasSuffix(o.Key, "/") {
				continue // a folder's marker has no bytes to save
			}
			tasks = append(tasks, pipeline.Task{
				Verb: pipeline.Download, Key: o.Key, VersionID: o.VersionID, Size: o.Size,
				Dir: dir, Name: strings.TrimPrefix(o.Key, base),
			})
		}
		if len(tasks) == 0 {
			return m.say("There is nothing in there to save", nil)
		}
		return m.run(tasks)
	})
}

// deleteRows asks, and deletes what is chosen.
func (m *Model) deleteRows() tea.Cmd {
	if m.objects.deleted {
		return m.purgeRows()
	}
	rows := m.objects.chosen()
	return m.gatherThen(rows, func(m *Model, objects []s3ops.Object) tea.Cmd {
		var tasks []pipeline.Task
		var bytes int64
		for _, o := range objects {
			tasks = append(tasks, pipeline.Task{Verb: pipeline.Delete, Key: o.Key})
			bytes += o.Size
		}
		if len(tasks) == 0 {
			return m.say("There is nothing in there to delete", nil)
		}
		q := question{title: fmt.Sprintf("Delete %s, %s?", plural(len(tasks), "object"), humanSize(bytes)), yes: "Delete", lines: []string{m.names(rows)}}
		switch m.keepsOld {
		case "on":
			q.lines = append(q.lines, "Versioning is on: z brings them back, and later . shows them and U does.")
		case "off":
			q.warn = "Versioning is off: they are gone for good."
		default:
			q.warn = "Whether this bucket keeps old versions is not known: they may be gone for good."
		}
		if n := m.resultsOf(objects); n > 0 {
			q.lines = append(q.lines, "Their "+plural(n, "result")+" in "+title(m.parts.Config.Folders.Prefix("generated"))+"/ stay.")
		}
		q.do = func(m *Model) tea.Cmd { return m.run(tasks) }
		return m.confirm(q)
	})
}

// purgeRows asks for the count, and deletes every version for good.
func (m *Model) purgeRows() tea.Cmd {
	rows := m.objects.chosen()
	return m.gatherThen(rows, func(m *Model, objects []s3ops.Object) tea.Cmd {
		var tasks []pipeline.Task
		for _, o := range objects {
			tasks = append(tasks, pipeline.Task{Verb: pipeline.Purge, Key: o.Key})
		}
		if len(tasks) == 0 {
			return m.say("There is nothing in there to delete", nil)
		}
		return m.confirm(question{
			title: fmt.Sprintf("Delete every version of %s, for good?", plural(len(tasks), "object")),
			lines: []string{m.names(rows)}, warn: "Nothing can bring them back.", typed: fmt.Sprint(len(tasks)),
			do: func(m *Model) tea.Cmd { return m.run(tasks) },
		})
	})
}

// undeleteRows brings deleted objects back.
func (m *Model) undeleteRows() tea.Cmd {
	var tasks []pipeline.Task
	for _, r := range m.objects.chosen() {
		if !r.folder {
			tasks = append(tasks, pipeline.Task{Verb: pipeline.Undelete, Key: r.Key})
		}
	}
	return m.run(tasks)
}

// undoLast takes back the newest job of this session that can be taken back.
func (m *Model) undoLast() tea.Cmd {
	n := len(m.undo) - 1
	step := m.undo[n]
	m.undo = m.undo[:n]
	return submit(m.ctx, m.parts, m.queue, submitted{title: "Undo: " + step.title, tasks: step.tasks, undo: true})
}

// clipRows takes the chosen objects for p.
func (m *Model) clipRows(cut bool) tea.Cmd {
	m.clip = clipboard{rows: m.objects.chosen(), base: m.objects.folder(), cut: cut}
	verb := "copied"
	if cut {
		verb = "moved"
	}
	m.objects.marks.clear()
	return m.say(plural(len(m.clip.rows), "row")+" taken: p in another folder has them "+verb+" there", nil)
}

// pasteRows copies or moves what was taken into the folder shown.
func (m *Model) pasteRows() tea.Cmd {
	clip, to := m.clip, m.writable()
	if clip.base == to {
		return m.say("They are in this folder already: go to another one and press p there", nil)
	}
	for _, r := range clip.rows {
		if r.folder && strings.HasPrefix(to, r.Key) {
			return m.fail(errors.New("a folder cannot go into itself: " + Clean(r.Key)))
		}
	}
	verb := pipeline.Copy
	if clip.cut {
		verb = pipeline.Move
		m.clip = clipboard{}
	}
	return m.gatherThen(clip.rows, func(m *Model, objects []s3ops.Object) tea.Cmd {
		var tasks []pipeline.Task
		for _, o := range objects {
			tasks = append(tasks, pipeline.Task{Verb: verb, Key: o.Key, To: to + strings.TrimPrefix(o.Key, clip.base), Size: o.Size})
		}
		return m.run(tasks)
	})
}

// rename asks for a new name and moves the object there.
func (m *Model) rename() tea.Cmd {
	r, _ := m.objects.current()
	folder := m.objects.folder()
	return m.ask("Rename", "A name with slashes moves it into folders below this one. Nothing is overwritten.", m.objects.name(&r), func(m *Model, text string) tea.Cmd {
		to := folder + text
		if err := s3ops.CheckKey(to); err != nil {
			return m.fail(err)
		}
		if to == r.Key {
			return nil
		}
		m.seek = to
		return m.run([]pipeline.Task{{Verb: pipeline.Move, Key: r.Key, To: to, Size: r.Size}})
	})
}

// names lists what is chosen on a line or two.
func (m *Model) names(rows []row) string {
	var all []string
	for i, r := range rows {
		if i == 8 {
			all = append(all, "and "+group(len(rows)-i)+" more")
			break
		}
		all = append(all, Clean(m.objects.name(&r)))
	}
	return strings.Join(all, "  ")
}

// resultsOf counts the results known of some sources.
func (m *Model) resultsOf(objects []s3ops.Object) (n int) {
	for _, o := range objects {
		for _, out := range m.outputs(o.Key) {
			if _, ok := m.objects.results[out.key]; ok {
				n++
			}
		}
	}
	return n
}
