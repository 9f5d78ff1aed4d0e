using System.Globalization;
using Monorepo.Core;
using Monorepo.Workspace.Blame;
using Monorepo.Workspace.History;

namespace Monorepo.Cli.Output.Blame;

/// <summary>Git's form for programs: a head for each line, and a commit's details before its first line, or with every line.</summary>
public sealed class BlamePorcelain(OutputStream output, CommitLog log, BlamedCommits commits, bool everyLine)
{
    private readonly HashSet<int> _told = [];

    public void Write(BlameResult result)
    {
        HashSet<int> several = [.. result.Sources.GroupBy(s => s.Commit).Where(g => g.Count() > 1).Select(g => g.Key)];
        BlameText text = new(result.Content);
        foreach (BlameRun run in result.Runs)
        {
            ObjectId id = commits.Get(run.Source.Commit).Id;
            output.Line(string.Create(CultureInfo.InvariantCulture, $"{id} {run.SourceLine + 1} {run.Line + 1} {run.Count}"));
            Details(run.Source, several);
            for (int i = 0; i < run.Count; i++)
            {
                if (i > 0)
                {
                    output.Line(string.Create(CultureInfo.InvariantCulture, $"{id} {run.SourceLine + i + 1} {run.Line + i + 1}"));
                    if (everyLine)
                    {
                        Details(run.Source, several);
                    }
                }

                output.Text("\t");
                text.WriteLine(output, run.Line + i);
            }

            text.EndRun(output);
        }
    }

    private void Details(BlameSource source, HashSet<int> several)
    {
        bool isNew = _told.Add(source.Commit) || everyLine;
        if (isNew)
        {
            BlamedCommit commit = commits.Get(source.Commit);
            Person("author", commit.Author);
            Person("committer", commit.Committer);
            output.Text("summary ");
            output.Bytes(commit.Summary);
            output.Text(commit.IsBoundary ? "\nboundary\n" : "\n");
        }

        if (isNew || several.Contains(source.Commit))
        {
            if (source.PreviousCommit >= 0)
            {
                output.Text($"previous {log.IdAt(source.PreviousCommit)} ");
                PathQuoting.Write(output, default, source.PreviousPath.Span);
                output.Text("\n");
            }

            output.Text("filename ");
            PathQuoting.Write(output, default, source.Path.Span);
            output.Text("\n");
        }
    }

    private void Person(string role, BlamedPerson person)
    {
        output.Text($"{role} ");
        output.Bytes(person.Name);
        output.Text($"\n{role}-mail <");
        output.Bytes(person.Email);
        output.Text(string.Create(CultureInfo.InvariantCulture, $">\n{role}-time {person.Identity.UnixSeconds}\n{role}-tz {person.Zone}\n"));
    }
}
