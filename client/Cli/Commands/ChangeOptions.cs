using System.CommandLine;
using System.Globalization;
using Monorepo.Cli.Output.Changes;
using Monorepo.Cli.Output.Words;
using Monorepo.Workspace.Configuration;
using Monorepo.Workspace.Diff;

namespace Monorepo.Cli.Commands;

/// <summary>The options of commands that print changes; git's names and meanings.</summary>
/// <param name="of">Behind what each says, such as " of each commit".</param>
internal sealed class ChangeOptions(string of = "")
{
    private const string RenamesAtName = "--find-renames-at";
    private const string WordsAsName = "--word-diff-as";
    private const string StatSizeName = "--stat-size";

    private readonly Option<bool> _patch = new("--patch", "-p", "-u") { Description = $"The patch{of}." };
    private readonly Option<bool> _noPatch = new("--no-patch", "-s") { Description = "No changes at all." };
    private readonly Option<bool> _stat = new("--stat") { Description = $"A table of changed files{of}; --stat=WIDTH[,NAMES[,FILES]] limits it." };
    private readonly Option<string?> _statSize = new(StatSizeName) { Hidden = true };
    private readonly Option<bool> _numberStat = new("--numstat") { Description = "Added and deleted lines of each file, for machines." };
    private readonly Option<bool> _shortStat = new("--shortstat") { Description = "The last line of --stat." };
    private readonly Option<bool> _nameOnly = new("--name-only") { Description = "The paths of changed files." };
    private readonly Option<bool> _nameStatus = new("--name-status") { Description = "A letter for what happened, and the paths." };
    private readonly Option<bool> _renames = new("--find-renames", "-M") { Description = "Renamed files are one change, as they are by default; -M90% where so much must be alike." };
    private readonly Option<string?> _renamesAt = new(RenamesAtName) { Hidden = true };
    private readonly Option<bool> _noRenames = new("--no-renames") { Description = "Show renames as a removal and an addition." };
    private readonly Option<int?> _context = new("--unified", "-U") { Description = "Unchanged lines around each change; 3 without it.", HelpName = "N" };
    private readonly Option<bool> _words = new("--word-diff") { Description = "Show changed words; --word-diff=color by colour, --word-diff=porcelain for machines." };
    private readonly Option<string?> _wordsAs = new(WordsAsName) { Hidden = true };
    private readonly Option<bool> _fullIndex = Options.FullIndex();

    /// <summary>Whether a word is a command that has these options; others' values are left as they are.</summary>
    public static bool AreOf(string word) => word is "diff" or "show" or "log";

    /// <summary>How the parser takes what git takes with a value directly behind it; null: as it is.</summary>
    public static IReadOnlyList<string>? Expand(string argument) => argument switch
    {
        ['-', 'M', '.' or (>= '0' and <= '9'), ..] => [$"{RenamesAtName}={argument[2..]}"],
        ['-', 'U', >= '0' and <= '9', ..] => [$"--unified={argument[2..]}"],
        "--color-words" or "--word-diff=color" => [WordsAsName + "=color", "--color=always"],
        _ when argument.StartsWith("--find-renames=", StringComparison.Ordinal) => [RenamesAtName + argument["--find-renames".Length..]],
        _ when argument.StartsWith("--word-diff=", StringComparison.Ordinal) => [WordsAsName + argument["--word-diff".Length..]],
        _ when argument.StartsWith("--stat=", StringComparison.Ordinal) => [StatSizeName + argument["--stat".Length..]],
        _ => null,
    };

    public void AddTo(Command command)
    {
        Option[] options =
        [
            _patch, _noPatch, _stat, _statSize, _numberStat, _shortStat, _nameOnly, _nameStatus, _renames, _renamesAt, _noRenames, _context, _words, _wordsAs, _fullIndex,
        ];
        foreach (Option option in options)
        {
            command.Options.Add(option);
        }
    }

    /// <param name="parse">The command line.</param>
    /// <param name="settings">Say which renames are looked for where it does not.</param>
    /// <param name="byDefault">What is printed where it does not say.</param>
    /// <exception cref="CommandException">Options contradict each other or a value is none.</exception>
    public ChangeStyle Read(ParseResult parse, Settings settings, ChangeFormats byDefault)
    {
        WordDiffMode? words = Words(parse);
        int? context = parse.GetValue(_context);
        if (context < 0)
        {
            throw new CommandException(ExitCode.Usage, "-U takes a number of lines.");
        }

        return new ChangeStyle
        {
            Formats = Formats(parse, byDefault, words is not null || context is not null),
            Renames = Renames(parse, settings),
            FullIndex = parse.GetValue(_fullIndex),
            ContextLines = context ?? new ChangeStyle().ContextLines,
            Words = words,
            StatSize = parse.GetValue(_statSize) is { } size ? Size(size) : default,
        };
    }

    // As in git, -U and --word-diff ask for a patch.
    private ChangeFormats Formats(ParseResult parse, ChangeFormats byDefault, bool impliesPatch)
    {
        if (parse.GetValue(_noPatch))
        {
            return ChangeFormats.None;
        }

        ChangeFormats formats = Flag(_patch, ChangeFormats.Patch) | Flag(_stat, ChangeFormats.Stat) | Flag(_numberStat, ChangeFormats.NumberStat) | Flag(_shortStat, ChangeFormats.ShortStat)
            | Flag(_nameOnly, ChangeFormats.Names) | Flag(_nameStatus, ChangeFormats.NameStatus)
            | (parse.GetValue(_statSize) is null ? ChangeFormats.None : ChangeFormats.Stat)
            | (impliesPatch ? ChangeFormats.Patch : ChangeFormats.None);
        return formats.HasFlag(ChangeFormats.Names | ChangeFormats.NameStatus) ? throw new CommandException(ExitCode.Usage, "--name-only and --name-status can't be had together.")
            : formats == ChangeFormats.None ? byDefault
            : formats;

        ChangeFormats Flag(Option<bool> option, ChangeFormats format) => parse.GetValue(option) ? format : ChangeFormats.None;
    }

    private RenameScope? Renames(ParseResult parse, Settings settings)
    {
        string? at = parse.GetValue(_renamesAt);
        if (parse.GetValue(_noRenames) || (at is null && !parse.GetValue(_renames) && settings.ValueOf(ConfigKeys.DiffRenames) == "false"))
        {
            return null;
        }

        RenameScope scope = settings.ValueOf(ConfigKeys.DiffRenameLimit) is { } limit ? RenameScope.Limited(int.Parse(limit, CultureInfo.InvariantCulture)) : RenameScope.Everything;
        return at is null ? scope
            : RenameScope.TryParseScore(at, out int score) ? scope with { ScoreMin = score }
            : throw new CommandException(ExitCode.Usage, $"'{at}' says not how much must be alike.", "It looks like -M90%.");
    }

    private WordDiffMode? Words(ParseResult parse) => parse.GetValue(_wordsAs) switch
    {
        "plain" => WordDiffMode.Plain,
        "color" => WordDiffMode.Color,
        "porcelain" => WordDiffMode.Porcelain,
        null or "none" => parse.GetValue(_words) ? WordDiffMode.Plain : null,
        string other => throw new CommandException(ExitCode.Usage, $"'{other}' is no way to show words.", "--word-diff takes plain, color, porcelain or none."),
    };

    private static DiffStatSize Size(string text)
    {
        string[] parts = text.Split(',');
        int[] numbers = [.. parts.Select(static p => int.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1)];
        return numbers.Length > 3 || numbers.Contains(-1)
            ? throw new CommandException(ExitCode.Usage, $"'{text}' is no size of a table.", "It looks like --stat=100 or --stat=100,60,20.")
            : new DiffStatSize(numbers[0], numbers.ElementAtOrDefault(1), numbers.ElementAtOrDefault(2));
    }
}
