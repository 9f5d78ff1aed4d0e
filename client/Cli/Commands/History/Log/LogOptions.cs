using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Monorepo.Cli.Output.Changes;
using Monorepo.Cli.Output.Log;
using Monorepo.Workspace.Configuration;
using Monorepo.Workspace.History.Matching;
using Monorepo.Workspace.History.Walking;
using Monorepo.Workspace.Revisions;

namespace Monorepo.Cli.Commands.History.Log;

/// <summary>The command line of <c>mr log</c>: declares the options and reads them into a <see cref="LogRequest"/>.</summary>
internal sealed class LogOptions
{
    private readonly Argument<string[]> _revisions = new("REV")
    {
        Description = "Where to start: revisions, A..B, A...B, ^A. Nothing: HEAD. -N for -n N. After '--': only commits that changed one of these files or directories.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<int?> _count = new("--max-count", "-n") { Description = "Stop after this many commits.", HelpName = "N" };
    private readonly Option<int> _skip = new("--skip") { Description = "Pass over this many commits first.", HelpName = "N" };
    private readonly Option<string?> _since = new("--since", "--after") { Description = "Only commits younger than this: 2024-05-01, '2 weeks ago', @SECONDS.", HelpName = "TIME" };
    private readonly Option<string?> _until = new("--until", "--before") { Description = "Only commits older than this.", HelpName = "TIME" };
    private readonly Option<string[]> _author = Patterns("--author", "Only authors whose 'NAME <MAIL>' matches; given again: any of them.");
    private readonly Option<string[]> _committer = Patterns("--committer", "As --author, for committers.");
    private readonly Option<string[]> _grep = Patterns("--grep", "Only messages with a line that matches; given again: any of them.");
    private readonly Option<bool> _ignoreCase = new("--regexp-ignore-case", "-i") { Description = "Match letters of either case." };
    private readonly Option<bool> _extended = new("--extended-regexp", "-E") { Description = "Patterns are extended regular expressions, not basic ones." };
    private readonly Option<bool> _fixed = new("--fixed-strings", "-F") { Description = "Patterns are plain text." };
    private readonly Option<bool> _allMatch = new("--all-match") { Description = "Every --grep must match, not any." };
    private readonly Option<bool> _invertGrep = new("--invert-grep") { Description = "Show what the patterns do not match." };
    private readonly Option<bool> _merges = new("--merges") { Description = "Only merges." };
    private readonly Option<bool> _noMerges = new("--no-merges") { Description = "No merges." };
    private readonly Option<bool> _firstParent = new("--first-parent") { Description = "Follow only the first parent of merges." };
    private readonly Option<bool> _reverse = new("--reverse") { Description = "The chosen commits, oldest first." };
    private readonly Option<bool> _all = new("--all") { Description = "Start at every ref and HEAD." };
    private readonly Option<bool> _topological = new("--topo-order") { Description = "No commit before its children, lines of history together." };
    private readonly Option<bool> _dateOrder = new("--date-order") { Description = "No commit before its children, otherwise by time." };
    private readonly Option<bool> _graph = new("--graph") { Description = "Draw the lines of history; implies --topo-order." };
    private readonly Option<bool> _oneLine = new("--oneline") { Description = "One line a commit: abbreviated id and subject." };
    private readonly Option<string?> _format = new("--format", "--pretty")
    {
        Description = $"oneline, short, medium, full, fuller, or a text with placeholders (format:TEXT: without a line feed at the end): {TemplateFormat.Placeholders}.",
        HelpName = "FORMAT",
    };

    private readonly Option<bool> _abbreviateCommits = new("--abbrev-commit") { Description = "Abbreviated ids where whole ones stand." };
    private readonly Option<string?> _decorate = new("--decorate")
    {
        Description = "Refs behind ids: short, full, auto (on a terminal; the default) or no.",
        HelpName = "HOW",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> _noDecorate = new("--no-decorate") { Description = "As --decorate=no." };
    private readonly Option<string?> _date = new("--date") { Description = $"How dates are written: {DateFormat.StyleNames}.", HelpName = "STYLE" };
    private readonly Option<int> _abbreviation = Options.Abbreviation();
    private readonly ChangeOptions _changes = new(" of each commit; of merges only with --first-parent");
    private readonly Option<bool> _json = Options.Json("One JSON object a line: id, tree, parents, author and committer (name, email, time, zoneMinutes), message.");

    public void AddTo(Command command)
    {
        command.Arguments.Add(_revisions);
        Option[] options =
        [
            _count, _skip, _since, _until, _author, _committer, _grep, _ignoreCase, _extended, _fixed, _allMatch, _invertGrep, _merges, _noMerges,
            _firstParent, _reverse, _all, _topological, _dateOrder, _graph, _oneLine, _format, _abbreviateCommits, _decorate, _noDecorate, _date,
            _abbreviation, _json,
        ];
        foreach (Option option in options)
        {
            command.Options.Add(option);
        }

        _changes.AddTo(command);
    }

    /// <exception cref="CommandException">Options contradict each other or a value is none.</exception>
    public LogRequest Read(ParseResult parse, Settings settings, DateTimeOffset now, TimeZoneInfo zone)
    {
        (List<string> revisions, List<string> paths, int? dashCount) = Split(parse);
        bool isGraph = parse.GetValue(_graph);
        Refuse(isGraph && parse.GetValue(_reverse), "--graph and --reverse can't be had together.");
        Refuse(parse.GetValue(_extended) && parse.GetValue(_fixed), "-E and -F can't be had together.");
        Refuse(isGraph && parse.GetValue(_json), "--graph and --json can't be had together.");
        ChangeStyle changes = _changes.Read(parse, settings, ChangeFormats.None);
        Refuse(!changes.IsEmpty && (isGraph || parse.GetValue(_json)), "-p, --stat and the like can't be had together with --graph or --json.");
        int? count = parse.GetValue(_count) ?? dashCount;
        string? decoration = parse.GetValue(_decorate);
        if (decoration is not null && !IsDecoration(decoration))
        {
            // "--decorate REV" is a switch and a revision, as in git; the parser took the two for one.
            revisions.Insert(0, decoration);
            decoration = null;
        }

        return new LogRequest
        {
            Revisions = revisions,
            Paths = paths,
            All = parse.GetValue(_all),
            Order = parse.GetValue(_dateOrder) ? LogOrder.ChildrenFirstByDate : isGraph || parse.GetValue(_topological) ? LogOrder.ChildrenFirst : LogOrder.Date,
            FirstParent = parse.GetValue(_firstParent),
            SinceSeconds = Time(_since, parse, now, zone),
            Criteria = ReadCriteria(parse, now, zone),
            Skip = Math.Max(0, parse.GetValue(_skip)),
            Count = count < 0 ? null : count,
            Reverse = parse.GetValue(_reverse),
            Graph = isGraph,
            Changes = changes,
            Style = new LogStyle
            {
                Format = parse.GetValue(_format),
                OneLine = parse.GetValue(_oneLine),
                Json = parse.GetValue(_json),
                AbbreviateCommits = parse.GetValue(_abbreviateCommits),
                Digits = parse.GetValue(_abbreviation),
                Date = Date(parse.GetValue(_date)),
                Decoration = Decoration(parse.GetResult(_decorate) is { Implicit: false }, decoration, parse.GetValue(_noDecorate)),
            },
        };
    }

    private CommitCriteria ReadCriteria(ParseResult parse, DateTimeOffset now, TimeZoneInfo zone)
    {
        PatternSyntax syntax = parse.GetValue(_fixed) ? PatternSyntax.Fixed : parse.GetValue(_extended) ? PatternSyntax.Extended : PatternSyntax.Basic;
        bool ignoreCase = parse.GetValue(_ignoreCase);
        return new CommitCriteria
        {
            UntilSeconds = Time(_until, parse, now, zone),
            ParentsMin = parse.GetValue(_merges) ? 2 : 0,
            ParentsMax = parse.GetValue(_noMerges) ? 1 : int.MaxValue,
            Authors = Compile(_author),
            Committers = Compile(_committer),
            Messages = Compile(_grep),
            AllMessages = parse.GetValue(_allMatch),
            Invert = parse.GetValue(_invertGrep),
        };

        // A line feed separates patterns, as in git.
        TextPattern[] Compile(Option<string[]> option) =>
            [.. (parse.GetValue(option) ?? []).SelectMany(p => p.Split('\n')).Select(p => new TextPattern(p, syntax, ignoreCase))];
    }

    private (List<string> Revisions, List<string> Paths, int? Count) Split(ParseResult parse)
    {
        string[] given = parse.GetValue(_revisions) ?? [];
        int dashes = parse.Tokens.ToList().FindIndex(t => t.Type == TokenType.DoubleDash);
        int pathCount = dashes < 0 ? 0 : parse.Tokens.Count - dashes - 1;
        List<string> revisions = [];
        int? count = null;
        foreach (string text in given[..^pathCount])
        {
            if (text.Length > 1 && text[0] == '-' && int.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            {
                count = number;
                continue;
            }

            Refuse(text.StartsWith('-'), $"log has no option '{text}'.", "'mr log --help' says what can be given.");
            revisions.Add(text);
        }

        return (revisions, [.. given[^pathCount..]], count);
    }

    private static long? Time(Option<string?> option, ParseResult parse, DateTimeOffset now, TimeZoneInfo zone)
    {
        if (parse.GetValue(option) is not { } text)
        {
            return null;
        }

        Refuse(!TimeExpression.TryParse(text, now, zone, out long seconds), $"'{text}' is no time that {option.Name} knows.", $"These work: {TimeExpression.Examples}.");
        return seconds;
    }

    private static DateStyle Date(string? text)
    {
        DateStyle style = DateStyle.Default;
        Refuse(text is not null && !DateFormat.TryParseStyle(text, out style), $"'{text}' is no style of dates.", $"These work: {DateFormat.StyleNames}.");
        return style;
    }

    private static bool IsDecoration(string text) => text is "short" or "full" or "auto" or "no";

    private static DecorationStyle Decoration(bool isGiven, string? text, bool isOff)
    {
        return (isOff, isGiven, text) switch
        {
            (true, _, _) or (_, _, "no") => DecorationStyle.None,
            (_, false, _) or (_, _, "auto") => DecorationStyle.Auto,
            (_, _, "full") => DecorationStyle.Full,
            _ => DecorationStyle.Short,
        };
    }

    private static Option<string[]> Patterns(string name, string description) => new(name) { Description = description, HelpName = "PATTERN", Arity = ArgumentArity.OneOrMore };

    private static void Refuse(bool isWrong, string message, string? hint = null)
    {
        if (isWrong)
        {
            throw new CommandException(ExitCode.Usage, message, hint);
        }
    }
}
