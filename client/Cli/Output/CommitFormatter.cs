using System.Text;
using Monorepo.Cli.Output.Log;
using Monorepo.Core;

namespace Monorepo.Cli.Output;

/// <summary>Prints single commits and tags as <c>git show</c> does.</summary>
/// <param name="output">Where to.</param>
/// <param name="abbreviate">Shortens ids in <c>Merge:</c> lines.</param>
public sealed class CommitFormatter(OutputStream output, Func<ObjectId, string> abbreviate)
{
    private readonly DateFormat _dates = new(DateStyle.Default, DateTimeOffset.UnixEpoch);

    public void Medium(ObjectId id, Commit commit)
    {
        NamedFormat format = new(
            NamedFormatKind.Medium,
            static (id, output) => Encoding.ASCII.GetBytes(id.ToString(), output),
            (id, output) => Encoding.ASCII.GetBytes(abbreviate(id), output),
            _dates,
            null,
            output.IsColored);
        new LogPrinter(output, format).Print(new LogEntry(id, commit));
    }

    /// <summary>The tag's head and message, as <c>git show TAG</c> prints them.</summary>
    public void Annotation(Tag tag)
    {
        output.Bytes(output.IsColored ? Ansi.Yellow : default);
        output.Text("tag ");
        output.Bytes(tag.Name.Span);
        output.Bytes(output.IsColored ? Ansi.Reset : default);
        output.Text("\n");
        if (tag.Tagger is { } tagger)
        {
            NamedFormat.WritePerson("Tagger: "u8, tagger, default, output);
            output.Bytes("Date:   "u8);
            _dates.Write(tagger, output);
            output.Text("\n");
        }

        output.Text("\n");
        output.Bytes(tag.Message.Span);
        output.Text("\n");
    }
}
