using Monorepo.Cli.Output.Log;
using Monorepo.Core;
using Monorepo.Workspace.History;

namespace Monorepo.Cli.Commands.History.Log;

/// <summary>Makes the format that a request names.</summary>
internal static class LogFormats
{
    /// <exception cref="CommandException">There is no such format.</exception>
    /// <exception cref="FormatException">A placeholder is unknown.</exception>
    public static ILogFormat Create(CommandContext context, LogStyle style, DateTimeOffset now)
    {
        if (style.Json)
        {
            return new JsonFormat();
        }

        CommitLog log = context.Clone.History;
        IdAbbreviator shortIds = new(log, style.Digits == 0 ? IdAbbreviator.DigitsDefault : style.Digits);
        IdAbbreviator wholeIds = new(log, ObjectId.HexSize);
        DateFormat dates = new(style.Date, now);
        bool isOneLine = style.OneLine && style.Format is null;
        string name = isOneLine ? "oneline" : style.Format ?? "medium";
        IdAbbreviator commitIds = isOneLine || style.AbbreviateCommits ? shortIds : wholeIds;
        NamedFormatKind kind;
        switch (name)
        {
            case "oneline":
                return new OneLineFormat(commitIds, Decorate(context, style.Decoration), context.Output.IsColored);
            case "short":
                kind = NamedFormatKind.Short;
                break;
            case "medium":
                kind = NamedFormatKind.Medium;
                break;
            case "full":
                kind = NamedFormatKind.Full;
                break;
            case "fuller":
                kind = NamedFormatKind.Fuller;
                break;
            default:
                return Template(context, style, name, new TemplateServices(shortIds, dates, new(() => new Decorations(context.Clone.VisibleRefs(), context.Clone.Head, style.Decoration == DecorationStyle.Full))));
        }

        return new NamedFormat(kind, commitIds.Write, shortIds.Write, dates, Decorate(context, style.Decoration), context.Output.IsColored);
    }

    private static TemplateFormat Template(CommandContext context, LogStyle style, string name, TemplateServices services)
    {
        const string Separated = "format:";
        const string Ended = "tformat:";
        if (name.StartsWith(Separated, StringComparison.Ordinal))
        {
            return TemplateFormat.Parse(name[Separated.Length..], endsEntries: false, services);
        }

        if (name.StartsWith(Ended, StringComparison.Ordinal))
        {
            return TemplateFormat.Parse(name[Ended.Length..], endsEntries: true, services);
        }

        return name.Length == 0 || name.Contains('%', StringComparison.Ordinal)
            ? TemplateFormat.Parse(name, endsEntries: true, services)
            : throw new CommandException(ExitCode.Usage, $"'{name}' is no format of log.", "These work: oneline, short, medium, full, fuller, or a text with placeholders such as '%h %an %s'.");
    }

    private static Decorations? Decorate(CommandContext context, DecorationStyle style) =>
        style == DecorationStyle.None || (style == DecorationStyle.Auto && !context.Surroundings.OutputIsTerminal)
            ? null
            : new Decorations(context.Clone.VisibleRefs(), context.Clone.Head, style == DecorationStyle.Full, context.Output.IsColored);
}
