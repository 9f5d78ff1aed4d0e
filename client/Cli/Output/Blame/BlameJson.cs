using System.Text;
using Monorepo.Workspace.Blame;
using Monorepo.Workspace.History;

namespace Monorepo.Cli.Output.Blame;

/// <summary>One JSON object a line for each run of lines of one commit.</summary>
public static class BlameJson
{
    public static void Write(OutputStream output, CommitLog log, BlamedCommits commits, BlameResult result)
    {
        BlameText text = new(result.Content);
        foreach (BlameRun run in result.Runs)
        {
            BlamedCommit commit = commits.Get(run.Source.Commit);
            output.JsonObject(json =>
            {
                json.WriteNumber("line", run.Line + 1);
                json.WriteNumber("sourceLine", run.SourceLine + 1);
                json.WriteString("id", commit.Id.ToString());
                json.WriteString("path", Encoding.UTF8.GetString(run.Source.Path.Span));
                json.WriteString("author", Encoding.UTF8.GetString(commit.Author.Name));
                json.WriteString("email", Encoding.UTF8.GetString(commit.Author.Email));
                json.WriteNumber("time", commit.Author.Identity.UnixSeconds);
                json.WriteNumber("zoneMinutes", commit.Author.Identity.ZoneMinutes);
                json.WriteString("summary", Encoding.UTF8.GetString(commit.Summary));
                json.WriteBoolean("boundary", commit.IsBoundary);
                if (run.Source.PreviousCommit >= 0)
                {
                    json.WriteString("previous", log.IdAt(run.Source.PreviousCommit).ToString());
                    json.WriteString("previousPath", Encoding.UTF8.GetString(run.Source.PreviousPath.Span));
                }

                json.WriteStartArray("lines");
                for (int i = 0; i < run.Count; i++)
                {
                    json.WriteStringValue(Encoding.UTF8.GetString(text[run.Line + i].TrimEnd((byte)'\n')));
                }

                json.WriteEndArray();
            });
        }
    }
}
