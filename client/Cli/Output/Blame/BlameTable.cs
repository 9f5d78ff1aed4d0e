using System.Buffers;
using System.Globalization;
using Monorepo.Cli.Output.Log;
using Monorepo.Workspace.Blame;

namespace Monorepo.Cli.Output.Blame;

/// <summary>Git's default form: one line for each, with id, person, time and number in columns.</summary>
/// <param name="output">Where to.</param>
/// <param name="commits">The commits.</param>
/// <param name="digits">Digits of ids; lines of root commits have a <c>^</c> and one less.</param>
public sealed class BlameTable(OutputStream output, BlamedCommits commits, int digits)
{
    /// <summary>The width of <c>2006-10-19 16:00:04 -0700</c>.</summary>
    private const int TimeColumns = 25;

    private readonly DateFormat _dates = new(DateStyle.Iso, default);

    /// <param name="result">What was found.</param>
    /// <param name="path">The file's path; others are shown when a line has one.</param>
    public void Write(BlameResult result, ReadOnlyMemory<byte> path)
    {
        if (result.Runs.Count == 0)
        {
            return;
        }

        bool showPaths = result.Runs.Any(r => !r.Source.Path.Span.SequenceEqual(path.Span));
        int pathBytes = result.Runs.Max(r => r.Source.Path.Length);
        int nameColumns = result.Runs.Max(r => Columns(commits.Get(r.Source.Commit).Author.Name));
        int numberColumns = Digits(result.Runs[^1].Line + result.Runs[^1].Count);
        BlameText text = new(result.Content);
        foreach (BlameRun run in result.Runs)
        {
            BlamedCommit commit = commits.Get(run.Source.Commit);
            for (int i = 0; i < run.Count; i++)
            {
                output.Text(commit.IsBoundary ? "^" + commit.Id.Abbreviate(digits - 1) : commit.Id.Abbreviate(digits));
                if (showPaths)
                {
                    output.Text(" ");
                    output.Bytes(run.Source.Path.Span);
                    output.Text(new string(' ', pathBytes - run.Source.Path.Length));
                }

                output.Text(" (");
                output.Bytes(commit.Author.Name);
                output.Text(new string(' ', nameColumns - Columns(commit.Author.Name) + 1));
                WriteTime(commit.Author);
                output.Text(string.Create(CultureInfo.InvariantCulture, $" {(run.Line + i + 1).ToString(CultureInfo.InvariantCulture).PadLeft(numberColumns)}) "));
                text.WriteLine(output, run.Line + i);
            }

            text.EndRun(output);
        }
    }

    private void WriteTime(BlamedPerson author)
    {
        ArrayBufferWriter<byte> time = new();
        _dates.Write(author.Identity, time);
        output.Bytes(time.WrittenSpan);
        output.Text(new string(' ', Math.Max(0, TimeColumns - time.WrittenCount)));
    }

    private static int Columns(byte[] name) => DisplayWidth.Of(name) is >= 0 and int columns ? columns : name.Length;

    private static int Digits(int number) => number.ToString(CultureInfo.InvariantCulture).Length;
}
