package tui

import (
	"slices"

	tea "charm.land/bubbletea/v2"
)

// sheetActions are the actions whose keys are heard while something lies on top.
func sheetActions() []action {
	return slices.Concat(shareActions(), transformActions(), splitActions(), pickActions(), workActions(), logActions(), versionActions(), mendActions(), resultActions(), doctorActions(), pageActions(), reviseActions(), explainActions(), askActions(), typeActions())
}

// onSheet makes an action's run of a method of the sheet that lies on top.
func onSheet[S sheet](do func(S, *Model) tea.Cmd) func(*Model) tea.Cmd {
	return func(m *Model) tea.Cmd {
		if s, ok := m.sheet.(S); ok {
			return do(s, m)
		}
		return nil
	}
}

func shareActions() []action {
	turn := func(step int) func(*Model) tea.Cmd {
		return onSheet(func(s *shareSheet, m *Model) tea.Cmd { return s.change(m, step) })
	}
	return within(sharing, []action{
		{name: "share-copy", keys: []string{"enter"}, label: "copy", about: "copy the links and close", hint: 1, run: onSheet((*shareSheet).copy)},
		{name: "share-write", keys: []string{"w"}, label: "write to a file", about: "write the links to a new file", hint: 2, run: onSheet((*shareSheet).askFile)},
		{name: "share-next", keys: []string{"tab"}, label: "next line", about: "next line of the sheet", run: onSheet((*shareSheet).next)},
		{name: "share-more", keys: []string{"right", "l", "space"}, label: "change", about: "next choice on the line", hint: 3, run: turn(1)},
		{name: "share-less", keys: []string{"left", "h"}, label: "change", about: "choice before on the line", run: turn(-1)},
	})
}

func transformActions() []action {
	return within(transforming, []action{
		{name: "recipe-choose", keys: []string{"space"}, label: "choose", about: "choose the recipe, or leave it", hint: 1, run: onSheet((*transformSheet).choose)},
		{name: "recipes-run", keys: []string{"enter"}, label: "run", about: "run the chosen recipes over the images", hint: 2, run: onSheet((*transformSheet).start)},
		{name: "recipes-all", keys: []string{"a"}, label: "all", about: "choose all recipes, or none", hint: 3, run: onSheet((*transformSheet).chooseAll)},
		{name: "recipes-plan", keys: []string{"p"}, label: "plan", about: "every result that would be made, and which are there already", hint: 4, run: onSheet((*transformSheet).showPlan)},
	})
}

func splitActions() []action {
	turn := func(by int) func(*Model) tea.Cmd {
		return onSheet(func(s *splitSheet, m *Model) tea.Cmd { return s.turn(m, by) })
	}
	return within(splitting, []action{
		{name: "split-run", keys: []string{"enter"}, label: "split", about: "split the photos", hint: 1, run: onSheet((*splitSheet).start)},
		{name: "split-next", keys: []string{"right", "l", "j", "down", "tab"}, label: "next photo", about: "what would be found in the next photo", hint: 2, run: turn(1)},
		{name: "split-before", keys: []string{"left", "h", "k", "up", "shift+tab"}, label: "before", about: "what would be found in the photo before", hint: 3, run: turn(-1)},
	})
}

func pickActions() []action {
	return within(picking, []action{
		{name: "pick-accept", keys: []string{"enter"}, label: "upload", about: "upload what is marked, or the file; open a folder when nothing is marked", hint: 1, run: onSheet((*pickerSheet).accept)},
		{name: "pick-mark", keys: []string{"space"}, label: "mark", about: "mark the file or folder and move down", hint: 2, run: onSheet((*pickerSheet).markRow)},
		{name: "pick-all", keys: []string{"a"}, label: "all", about: "mark all shown, or none", hint: 3, run: onSheet((*pickerSheet).markRows)},
		{name: "pick-filter", keys: []string{"/"}, label: "filter", about: "filter the names", hint: 4, run: onSheet((*pickerSheet).filterRows)},
		{name: "pick-open", keys: []string{"l", "right"}, label: "open", about: "open the folder", hint: 5, run: onSheet((*pickerSheet).openRow)},
		{name: "pick-parent", keys: []string{"h", "left", "backspace"}, label: "folder above", about: "the folder above", hint: 6, run: onSheet((*pickerSheet).openParent)},
		{name: "pick-home", keys: []string{"~"}, label: "home", about: "your home folder", hint: 7, run: onSheet((*pickerSheet).openHome)},
		{name: "pick-hidden", keys: []string{"."}, label: "hidden", about: "show hidden files, or hide them", hint: 8, run: onSheet((*pickerSheet).toggleHidden)},
		{name: "pick-refresh", keys: []string{"R"}, label: "refresh", about: "read the folder again", run: onSheet((*pickerSheet).refresh)},
	})
}

func workActions() []action {
	return within(working, []action{
		{name: "job-open", keys: []string{"enter", "l", "right"}, label: "tasks", about: "the job's tasks, or those that failed with their reasons", hint: 1, run: onSheet((*workSheet).openJob)},
		{name: "job-cancel", keys: []string{"x"}, label: "cancel", about: "cancel the job: what is done stays", hint: 2, run: onSheet((*workSheet).cancel)},
		{name: "job-pause", keys: []string{"p"}, label: "pause", about: "hold the job back, or let a paused one go on", hint: 3, run: onSheet((*workSheet).pause)},
		{name: "job-retry", keys: []string{"r"}, label: "retry", about: "try the failed and cancelled tasks again", hint: 4, run: onSheet((*workSheet).retry)},
		{name: "job-find", keys: []string{"/"}, label: "find", about: "find what was done, by its title or any key in it", hint: 5, run: onSheet(func(_ *workSheet, m *Model) tea.Cmd { return m.findWork() })},
	})
}

func logActions() []action {
	return within(logging, []action{
		{name: "log-copy", keys: []string{"enter", "c"}, label: "copy", about: "copy the command", hint: 1, run: onSheet((*logSheet).copy)},
		{name: "log-find", keys: []string{"/"}, label: "find", about: "find what was done, by its title or any key in it", hint: 2, run: onSheet((*logSheet).find)},
	})
}

func versionActions() []action {
	return within(versions, []action{
		{name: "version-restore", keys: []string{"enter", "r"}, label: "restore", about: "make this version the current one again; of a deletion: bring the object back", hint: 1, disabled: needsWrite, run: onSheet((*versionSheet).restore)},
		{name: "version-save", keys: []string{"s"}, label: "save", about: "save this version to the downloads folder", hint: 2, run: onSheet((*versionSheet).save)},
		{name: "version-purge", keys: []string{"D"}, label: "purge", about: "delete this version for good", hint: 3, disabled: needsWrite, run: onSheet((*versionSheet).purge)},
	})
}

func mendActions() []action {
	return within(mending, []action{
		{name: "types-mend", keys: []string{"enter"}, label: "mend", about: "give the objects shown the types of their bytes", hint: 1, disabled: needsWrite, run: onSheet((*mendSheet).mend)},
	})
}

func resultActions() []action {
	return within(comparing, []action{
		{name: "results-mend", keys: []string{"enter"}, label: "mend", about: "make what is stale or missing; ask whether to delete what has no source", hint: 1, disabled: needsWrite, run: onSheet((*resultsSheet).mend)},
	})
}

func doctorActions() []action {
	return within(examining, []action{
		{name: "doctor-explain", keys: []string{"enter"}, label: "explain", about: "why it is so, what to do, and the evidence", hint: 1, run: onSheet((*doctorSheet).explain)},
		{name: "doctor-copy", keys: []string{"c"}, label: "statement", about: "copy the IAM statement that allows what is refused", hint: 2, run: onSheet((*doctorSheet).copy)},
		{name: "doctor-next", keys: []string{"n", "tab"}, label: "next fault", about: "next thing that is not well", hint: 3, run: onSheet((*doctorSheet).next)},
		{name: "doctor-again", keys: []string{"R"}, label: "again", about: "examine once more", hint: 4, run: onSheet((*doctorSheet).again)},
		{name: "doctor-abort", keys: []string{"x"}, label: "end old uploads", about: "end the unfinished uploads that are older than a day", hint: 5, disabled: needsWrite, run: onSheet((*doctorSheet).abort)},
		{name: "doctor-right", keys: []string{"l", "right"}, label: "right", about: "next right of the folder", run: onSheet(func(s *doctorSheet, m *Model) tea.Cmd { return s.sideways(m, 1) })},
		{name: "doctor-left", keys: []string{"h", "left"}, label: "left", about: "right before; from the first, close", run: onSheet(func(s *doctorSheet, m *Model) tea.Cmd { return s.sideways(m, -1) })},
	})
}

func pageActions() []action {
	return within(inspecting, []action{
		{name: "page-open", keys: []string{"enter", "l", "right"}, label: "closer", about: "look closer: the document, why something is not known, or the object", hint: 1, run: onSheet((*pageSheet).open)},
		{name: "page-edit", keys: []string{"e"}, label: "edit", about: "edit the policy, CORS or lifecycle in your editor", hint: 2, disabled: needsEditor, run: onSheet((*pageSheet).edit)},
		{name: "page-count", keys: []string{"C"}, label: "count", about: "count the objects anew; Esc stops it", hint: 3, run: onSheet((*pageSheet).count)},
		{name: "page-copy", keys: []string{"c"}, label: "statement", about: "copy the IAM statement that allows to look", run: onSheet((*pageSheet).copy)},
		{name: "page-again", keys: []string{"R"}, label: "again", about: "look again at how it is set up", hint: 4, run: onSheet((*pageSheet).again)},
	})
}

func reviseActions() []action {
	return within(revising, []action{
		{name: "change-write", keys: []string{"y"}, label: "write it", about: "write the changed document to the bucket", hint: 1, run: onSheet((*changeSheet).write)},
		{name: "change-edit", keys: []string{"e"}, label: "edit again", about: "back into the editor, with what was written there", hint: 2, run: onSheet((*changeSheet).again)},
	})
}

func explainActions() []action {
	return within(explaining, []action{
		{name: "explain-copy", keys: []string{"c"}, label: "copy the statement", about: "copy the IAM statement that allows what was refused", hint: 1, run: onSheet((*explanation).copy)},
	})
}

func askActions() []action {
	all := within(asking, []action{
		{name: "ask-yes", keys: []string{"y"}, label: "yes", about: "yes", run: onSheet((*question).accept)},
		{name: "ask-no", keys: []string{"n"}, label: "no", about: "no", run: closeSheet},
		{name: "ask-other", keys: []string{"tab", "shift+tab", "left", "right", "h", "l"}, label: "other", about: "the other answer", run: onSheet((*question).other)},
		{name: "ask-answer", keys: []string{"enter"}, label: "answer", about: "the answer in brackets; No unless you changed it", run: onSheet((*question).answerNow)},
	})
	return append(all, within(closing, []action{
		{name: "close", keys: []string{"esc", "q", "h", "left"}, label: "close", about: "close what lies on top, or step out of it", run: closeSheet},
	})...)
}

func typeActions() []action {
	return within(typing, []action{
		{name: "type-accept", keys: []string{"enter"}, label: "go on", about: "take what was typed", hint: 1},
		{name: "type-cancel", keys: []string{"esc"}, label: "step out", about: "drop what was typed", hint: 2},
		{name: "type-next", keys: []string{"down", "ctrl+n"}, label: "next", about: "next row, without leaving the text"},
		{name: "type-previous", keys: []string{"up", "ctrl+p"}, label: "before", about: "row before, without leaving the text"},
		{name: "type-complete", keys: []string{"tab"}, label: "complete", about: "complete the name"},
	})
}

func closeSheet(m *Model) tea.Cmd {
	if m.sheet != nil {
		m.sheet.close(m)
	}
	return m.look()
}
