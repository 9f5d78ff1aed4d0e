using System.Buffers;
using System.Globalization;
using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.History;

namespace Monorepo.Cli.Output.Log;

/// <summary>What a template's placeholders need besides the commit.</summary>
public sealed record TemplateServices(IdAbbreviator Ids, DateFormat Dates, Lazy<Decorations> Decorations);

/// <summary>A text with placeholders, as git's <c>--format</c>. Placeholders of colors print nothing.</summary>
public sealed class TemplateFormat : ILogFormat
{
    /// <summary>What can stand behind a percent sign, for people.</summary>
    public const string Placeholders =
        "%H %h %T %t %P %p %an %ae %al %ad %aD %ai %aI %as %at %ar (and with c for the committer) %s %b %B %d %D %e %n %xHH %% and colors";

    private delegate void Part(in Shown shown, IBufferWriter<byte> output);

    private readonly List<Part> _parts;

    private TemplateFormat(List<Part> parts, bool endsEntries)
    {
        _parts = parts;
        EndsEntries = endsEntries;
    }

    public bool EndsEntries { get; }

    public bool IsEmpty => _parts.Count == 0;

    /// <exception cref="FormatException">A placeholder is not one of <see cref="Placeholders"/>.</exception>
    public static TemplateFormat Parse(string template, bool endsEntries, TemplateServices services)
    {
        List<Part> parts = [];
        int at = 0;
        while (at < template.Length)
        {
            int percent = template.IndexOf('%', at);
            int end = percent < 0 ? template.Length : percent;
            if (end > at)
            {
                Literal(parts, Encoding.UTF8.GetBytes(template[at..end]));
            }

            at = percent < 0 ? end : end + 1 + AddPlaceholder(parts, template.AsSpan(end + 1), services);
        }

        return new TemplateFormat(parts, endsEntries);
    }

    public void WriteHead(in LogEntry entry, IBufferWriter<byte> output)
    {
        // The template is all there is.
    }

    public void WriteText(in LogEntry entry, IBufferWriter<byte> output)
    {
        Shown shown = new(entry.Id, entry.Parse());
        foreach (Part part in _parts)
        {
            part(shown, output);
        }
    }

    private static void Literal(List<Part> parts, byte[] text) => parts.Add((in Shown _, IBufferWriter<byte> output) => output.Write(text));

    /// <returns>Characters behind the percent sign that belong to the placeholder.</returns>
    private static int AddPlaceholder(List<Part> parts, ReadOnlySpan<char> text, TemplateServices services)
    {
        if (text.Length >= 2 && text[0] is 'a' or 'c' && Person(text[0] == 'a', text[1], services) is { } person)
        {
            parts.Add(person);
            return 2;
        }

        if (text.Length >= 3 && text[0] == 'x' && byte.TryParse(text[1..3], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
        {
            Literal(parts, [value]);
            return 3;
        }

        if (text.Length > 0 && text[0] == 'C')
        {
            return ColorLength(text);
        }

        Part? part = text.Length == 0 ? null : Simple(text[0], services);
        parts.Add(part ?? throw new FormatException($"'%{text[..Math.Min(2, text.Length)]}' is no placeholder that log knows: {Placeholders}."));
        return 1;
    }

    private static Part? Simple(char name, TemplateServices services) => name switch
    {
        'H' => (in Shown s, IBufferWriter<byte> o) => IdAbbreviator.WriteHex(s.Id, ObjectId.HexSize, o),
        'h' => (in Shown s, IBufferWriter<byte> o) => services.Ids.Write(s.Id, o),
        'T' => (in Shown s, IBufferWriter<byte> o) => IdAbbreviator.WriteHex(s.Commit.Tree, ObjectId.HexSize, o),
        't' => (in Shown s, IBufferWriter<byte> o) => services.Ids.Write(s.Commit.Tree, o),
        'P' => (in Shown s, IBufferWriter<byte> o) => Parents(s, o, static (id, output) => IdAbbreviator.WriteHex(id, ObjectId.HexSize, output)),
        'p' => (in Shown s, IBufferWriter<byte> o) => Parents(s, o, services.Ids.Write),
        's' => (in Shown s, IBufferWriter<byte> o) => CommitText.WriteSubject(s.Message, o),
        'b' => (in Shown s, IBufferWriter<byte> o) => o.Write(CommitText.BodyOf(s.Message)),
        'B' => (in Shown s, IBufferWriter<byte> o) => o.Write(CommitText.Terminated(s.Message)),
        'd' => (in Shown s, IBufferWriter<byte> o) => services.Decorations.Value.Write(s.Id, o),
        'D' => (in Shown s, IBufferWriter<byte> o) => services.Decorations.Value.WriteNames(s.Id, o),
        'e' => (in Shown s, IBufferWriter<byte> o) => o.Write(s.Commit.Encoding.Span),
        'n' => (in Shown _, IBufferWriter<byte> o) => o.Write("\n"u8),
        '%' => (in Shown _, IBufferWriter<byte> o) => o.Write("%"u8),
        _ => null,
    };

    private static Part? Person(bool isAuthor, char name, TemplateServices services) => name switch
    {
        'n' or 'N' => (in Shown s, IBufferWriter<byte> o) => o.Write(CommitText.Decode(s.Who(isAuthor).Name.Span, s.Commit.Encoding.Span)),
        'e' or 'E' => (in Shown s, IBufferWriter<byte> o) => o.Write(CommitText.Decode(s.Who(isAuthor).Email.Span, s.Commit.Encoding.Span)),
        'l' or 'L' => (in Shown s, IBufferWriter<byte> o) => o.Write(LocalPart(CommitText.Decode(s.Who(isAuthor).Email.Span, s.Commit.Encoding.Span))),
        'd' => (in Shown s, IBufferWriter<byte> o) => services.Dates.Write(s.Who(isAuthor), o),
        'D' => Date(isAuthor, DateStyle.Rfc, services),
        'i' => Date(isAuthor, DateStyle.Iso, services),
        'I' => Date(isAuthor, DateStyle.IsoStrict, services),
        's' => Date(isAuthor, DateStyle.Short, services),
        't' => Date(isAuthor, DateStyle.Unix, services),
        'r' => Date(isAuthor, DateStyle.Relative, services),
        _ => null,
    };

    private static Part Date(bool isAuthor, DateStyle style, TemplateServices services) =>
        (in Shown s, IBufferWriter<byte> o) => services.Dates.Write(s.Who(isAuthor), style, o);

    private static ReadOnlySpan<byte> LocalPart(ReadOnlySpan<byte> email)
    {
        int at = email.IndexOf((byte)'@');
        return at < 0 ? email : email[..at];
    }

    private static void Parents(in Shown shown, IBufferWriter<byte> output, Action<ObjectId, IBufferWriter<byte>> write)
    {
        for (int i = 0; i < shown.Commit.Parents.Count; i++)
        {
            if (i > 0)
            {
                output.Write(" "u8);
            }

            write(shown.Commit.Parents[i], output);
        }
    }

    private static int ColorLength(ReadOnlySpan<char> text)
    {
        string[] names = ["Cred", "Cgreen", "Cblue", "Creset"];
        foreach (string name in names)
        {
            if (text.StartsWith(name))
            {
                return name.Length;
            }
        }

        int close = text.StartsWith("C(") ? text.IndexOf(')') : -1;
        return close > 0 ? close + 1 : throw new FormatException("'%C' takes a color: %Cred, %Cgreen, %Cblue, %Creset or %C(NAME).");
    }

    private readonly record struct Shown(ObjectId Id, Commit Commit)
    {
        public ReadOnlySpan<byte> Message => CommitText.Decode(Commit.Message.Span, Commit.Encoding.Span);

        public Identity Who(bool isAuthor) => isAuthor ? Commit.Author : Commit.Committer;
    }
}
