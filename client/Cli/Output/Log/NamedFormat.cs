using System.Buffers;
using Monorepo.Core;
using Monorepo.Workspace.History;

namespace Monorepo.Cli.Output.Log;

/// <summary>Git's formats of several lines.</summary>
public enum NamedFormatKind
{
    /// <summary>Author and subject.</summary>
    Short,

    /// <summary>Git's default: author, author's date, message.</summary>
    Medium,

    /// <summary>Author, committer, message.</summary>
    Full,

    /// <summary>Both with their dates, message.</summary>
    Fuller,
}

/// <summary>Commits as <c>git log --pretty=short|medium|full|fuller</c> prints them.</summary>
/// <param name="kind">What is shown.</param>
/// <param name="ids">Shortens the commit's id.</param>
/// <param name="parents">Shortens the ids after <c>Merge:</c>.</param>
/// <param name="dates">The dates' style.</param>
/// <param name="decorations">Null: none.</param>
/// <param name="isColored">As on a terminal.</param>
public sealed class NamedFormat(
    NamedFormatKind kind, Action<ObjectId, IBufferWriter<byte>> ids, Action<ObjectId, IBufferWriter<byte>> parents, DateFormat dates, Decorations? decorations, bool isColored = false)
    : ILogFormat
{
    private const int TabColumns = 8;

    private readonly ArrayBufferWriter<byte> _text = new();

    public bool EndsEntries => false;

    public void WriteHead(in LogEntry entry, IBufferWriter<byte> output)
    {
        output.Write(isColored ? Ansi.Yellow : default);
        output.Write("commit "u8);
        ids(entry.Id, output);
        output.Write(isColored ? Ansi.Reset : default);
        decorations?.Write(entry.Id, output);
        output.Write("\n"u8);
    }

    public void WriteText(in LogEntry entry, IBufferWriter<byte> output)
    {
        Commit commit = entry.Parse();
        _text.ResetWrittenCount();
        if (commit.Parents.Count > 1)
        {
            _text.Write("Merge:"u8);
            foreach (ObjectId parent in commit.Parents)
            {
                _text.Write(" "u8);
                parents(parent, _text);
            }

            _text.Write("\n"u8);
        }

        WritePerson("Author:"u8, commit.Author, commit.Encoding);
        WriteDate("AuthorDate: "u8, commit.Author);
        if (kind is NamedFormatKind.Full or NamedFormatKind.Fuller)
        {
            WritePerson("Commit:"u8, commit.Committer, commit.Encoding);
            WriteDate("CommitDate: "u8, commit.Committer);
        }

        WriteMessage(CommitText.Decode(commit.Message.Span, commit.Encoding.Span));
        output.Write(CommitText.TrimEnd(_text.WrittenSpan));
        output.Write("\n"u8);
    }

    /// <summary>Writes a person's line as in a head: <c>Author: NAME &lt;MAIL&gt;</c>.</summary>
    public static void WritePerson(ReadOnlySpan<byte> label, Identity who, ReadOnlyMemory<byte> encoding, IBufferWriter<byte> output)
    {
        output.Write(label);
        output.Write(CommitText.Decode(who.Name.Span, encoding.Span));
        output.Write(" <"u8);
        output.Write(CommitText.Decode(who.Email.Span, encoding.Span));
        output.Write(">\n"u8);
    }

    private void WritePerson(ReadOnlySpan<byte> label, Identity who, ReadOnlyMemory<byte> encoding)
    {
        _text.Write(label);
        WritePerson(kind == NamedFormatKind.Fuller ? "     "u8 : " "u8, who, encoding, _text);
    }

    private void WriteDate(ReadOnlySpan<byte> label, Identity who)
    {
        if (kind is NamedFormatKind.Medium or NamedFormatKind.Fuller)
        {
            _text.Write(kind == NamedFormatKind.Medium ? "Date:   "u8 : label);
            dates.Write(who, _text);
            _text.Write("\n"u8);
        }
    }

    private void WriteMessage(ReadOnlySpan<byte> message)
    {
        _text.Write("\n"u8);
        ReadOnlySpan<byte> rest = CommitText.SkipBlankLines(CommitText.Terminated(message));
        while (!rest.IsEmpty)
        {
            ReadOnlySpan<byte> line = CommitText.TakeLine(ref rest);
            if (line.IsEmpty && kind == NamedFormatKind.Short)
            {
                break;
            }

            _text.Write("    "u8);
            ExpandTabs(line);
            _text.Write("\n"u8);
        }
    }

    // Tab stops count from the line's own start, before the indent.
    private void ExpandTabs(ReadOnlySpan<byte> line)
    {
        int tab;
        int column = 0;
        while ((tab = line.IndexOf((byte)'\t')) >= 0)
        {
            int width = DisplayWidth.Of(line[..tab]);
            if (width < 0)
            {
                break;
            }

            _text.Write(line[..tab]);
            column += width;
            int spaces = TabColumns - (column % TabColumns);
            _text.GetSpan(spaces)[..spaces].Fill((byte)' ');
            _text.Advance(spaces);
            column += spaces;
            line = line[(tab + 1)..];
        }

        _text.Write(line);
    }
}
