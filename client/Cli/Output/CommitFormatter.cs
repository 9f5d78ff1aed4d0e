using System.Buffers;
using System.Globalization;
using System.Text;
using Monorepo.Core;

namespace Monorepo.Cli.Output;

/// <summary>Prints commits as <c>git log</c> does in its default ("medium") and one-line formats.</summary>
/// <param name="output">Where to.</param>
/// <param name="abbreviate">Shortens ids in <c>Merge:</c> lines and one-line output.</param>
public sealed class CommitFormatter(OutputStream output, Func<ObjectId, string> abbreviate)
{
    private const int TabColumns = 8;

    public void Medium(ObjectId id, Commit commit)
    {
        output.Line($"commit {id}");
        if (commit.Parents.Count > 1)
        {
            output.Line($"Merge: {string.Join(' ', commit.Parents.Select(abbreviate))}");
        }

        Who("Author: "u8, commit.Author, commit.Encoding);
        output.Line($"Date:   {Date(commit.Author)}");
        Body(Decode(commit.Message, commit.Encoding));
    }

    public void OneLine(ObjectId id, Commit commit)
    {
        output.Text(abbreviate(id));
        output.Text(" ");
        output.Bytes(Subject(Decode(commit.Message, commit.Encoding)));
        output.Text("\n");
    }

    /// <summary>The tag's head and message, as <c>git show TAG</c> prints them.</summary>
    public void Annotation(Tag tag)
    {
        output.Text("tag ");
        output.Bytes(tag.Name.Span);
        output.Text("\n");
        if (tag.Tagger is { } tagger)
        {
            Who("Tagger: "u8, tagger, default);
            output.Line($"Date:   {Date(tagger)}");
        }

        output.Text("\n");
        output.Bytes(tag.Message.Span);
        output.Text("\n");
    }

    /// <summary>The message's first paragraph on one line.</summary>
    public static byte[] Subject(ReadOnlySpan<byte> message)
    {
        ArrayBufferWriter<byte> subject = new();
        foreach (Range range in Lines(message))
        {
            ReadOnlySpan<byte> line = TrimEnd(message[range]);
            if (line.IsEmpty)
            {
                if (subject.WrittenCount > 0)
                {
                    break;
                }

                continue;
            }

            if (subject.WrittenCount > 0)
            {
                subject.Write(" "u8);
            }

            subject.Write(line);
        }

        return subject.WrittenSpan.ToArray();
    }

    /// <summary>Recodes a message to UTF-8 where its encoding is known; bytes of an unknown one stay as they are.</summary>
    public static byte[] Decode(ReadOnlyMemory<byte> message, ReadOnlyMemory<byte> encoding)
    {
        string name = Encoding.ASCII.GetString(encoding.Span).Trim();
        if (name.Length == 0 || name.Equals("UTF-8", StringComparison.OrdinalIgnoreCase) || name.Equals("UTF8", StringComparison.OrdinalIgnoreCase))
        {
            return message.ToArray();
        }

        try
        {
            Encoding from = CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
            return Encoding.Convert(from, Encoding.UTF8, message.ToArray());
        }
        catch (ArgumentException)
        {
            return message.ToArray();
        }
    }

    /// <summary>Git's default date: <c>Thu Apr 7 15:13:13 2005 -0700</c>.</summary>
    public static string Date(Identity who)
    {
        int zone = who.ZoneMinutes;
        string sign = zone < 0 ? "-" : "+";
        int minutes = Math.Abs(zone);
        string time = who.Time.ToString("ddd MMM d HH:mm:ss yyyy", CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{time} {sign}{minutes / 60:00}{minutes % 60:00}");
    }

    private void Who(ReadOnlySpan<byte> label, Identity who, ReadOnlyMemory<byte> encoding)
    {
        output.Bytes(label);
        output.Bytes(Decode(who.Name, encoding));
        output.Bytes(" <"u8);
        output.Bytes(Decode(who.Email, encoding));
        output.Bytes(">\n"u8);
    }

    private void Body(ReadOnlySpan<byte> message)
    {
        ArrayBufferWriter<byte> body = new();
        bool started = false;
        foreach (Range range in Lines(message))
        {
            ReadOnlySpan<byte> line = TrimEnd(message[range]);
            if (line.IsEmpty && !started)
            {
                continue;
            }

            started = true;
            body.Write("    "u8);
            ExpandTabs(line, body);
            body.Write("\n"u8);
        }

        if (started)
        {
            output.Text("\n");
            output.Bytes(TrimEnd(body.WrittenSpan));
            output.Text("\n");
        }
    }

    // Tab stops count from the line's own start, before the indent.
    private static void ExpandTabs(ReadOnlySpan<byte> line, ArrayBufferWriter<byte> body)
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

            body.Write(line[..tab]);
            column += width;
            int spaces = TabColumns - (column % TabColumns);
            body.GetSpan(spaces)[..spaces].Fill((byte)' ');
            body.Advance(spaces);
            column += spaces;
            line = line[(tab + 1)..];
        }

        body.Write(line);
    }

    private static List<Range> Lines(ReadOnlySpan<byte> text)
    {
        List<Range> lines = [];
        int start = 0;
        while (start < text.Length)
        {
            int length = text[start..].IndexOf((byte)'\n');
            int end = length < 0 ? text.Length : start + length;
            lines.Add(start..end);
            start = end + 1;
        }

        return lines;
    }

    private static ReadOnlySpan<byte> TrimEnd(ReadOnlySpan<byte> text) => text.TrimEnd(" \t\n\v\f\r"u8);
}
