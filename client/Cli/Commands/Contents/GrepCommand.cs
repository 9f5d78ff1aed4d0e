using System.Buffers;
using System.Collections.Concurrent;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text;
using Monorepo.Cli.Commands.Sparse;
using Monorepo.Cli.Output;
using Monorepo.Core;
using Monorepo.Workspace.Dirstate;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.Grep;
using Monorepo.Workspace.History.Matching;
using Monorepo.Workspace.Revisions;

namespace Monorepo.Cli.Commands.Contents;

/// <summary><c>mr grep</c>: lines that match, in the working copy or at revisions.</summary>
public sealed class GrepCommand
{
    private readonly Argument<string[]> _words = new("PATTERN")
    {
        Description = "A pattern (unless -e gave some), then revisions: without one the tracked files of the working copy are searched. Then, after '--', only these files and directories.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string[]> _patterns = new("-e") { Description = "A pattern; given again: any of them.", HelpName = "PATTERN", Arity = ArgumentArity.OneOrMore };
    private readonly Option<bool> _numbers = new("--line-number", "-n") { Description = "The line's number in front of it." };
    private readonly Option<bool> _ignoreCase = new("--ignore-case", "-i") { Description = "Match letters of either case." };
    private readonly Option<bool> _word = new("--word-regexp", "-w") { Description = "Match whole words." };
    private readonly Option<bool> _invert = new("--invert-match", "-v") { Description = "The lines that do not match." };
    private readonly Option<bool> _extended = new("--extended-regexp", "-E") { Description = "Patterns are extended regular expressions, not basic ones." };
    private readonly Option<bool> _basic = new("--basic-regexp", "-G") { Description = "Patterns are basic regular expressions: the default." };
    private readonly Option<bool> _fixed = new("--fixed-strings", "-F") { Description = "Patterns are plain text." };
    private readonly Option<bool> _names = new("--files-with-matches", "-l", "--name-only") { Description = "Only the names of files that match." };
    private readonly Option<bool> _otherNames = new("--files-without-match", "-L") { Description = "Only the names of files that do not match." };
    private readonly Option<bool> _count = new("--count", "-c") { Description = "How many lines of each file match." };
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "Print nothing: the exit code tells." };
    private readonly Option<bool> _noNames = new("-h", "--no-filename") { Description = "No names in front of lines." };
    private readonly Option<bool> _withNames = new("-H") { Description = "Names in front of lines: the default." };
    private readonly Option<bool> _fullName = new("--full-name") { Description = "Names from the top of the working copy, not from here." };
    private readonly Option<bool> _text = new("--text", "-a") { Description = "Binary files are text." };
    private readonly Option<bool> _skipBinary = new("-I") { Description = "Binary files never match." };

    private GrepCommand()
    {
    }

    public static Command Create(Surroundings surroundings)
    {
        GrepCommand options = new();
        Command command = new("grep", "Show lines that match, as git grep does: of tracked files as they are, or of revisions, whose contents come in batches. Exit code 1: there are none.")
        {
            options._words, options._patterns, options._numbers, options._ignoreCase, options._word, options._invert, options._extended, options._basic, options._fixed,
            options._names, options._otherNames, options._count, options._quiet, options._noNames, options._withNames, options._fullName, options._text, options._skipBinary,
        };
        return command.Does(surroundings, options.RunAsync);
    }

    private async Task<ExitCode> RunAsync(ParseResult parse, CommandContext context, CancellationToken cancellationToken)
    {
        (List<string> words, List<string> pathWords) = Split(parse);
        IEnumerable<string> patterns = parse.GetValue(_patterns) ?? [];
        if (!patterns.Any())
        {
            patterns = [words.FirstOrDefault() ?? throw new CommandException(ExitCode.Usage, "grep needs a pattern.", "'mr grep --help' says what can be given.")];
            words.RemoveAt(0);
        }

        GrepPattern pattern = ReadPattern(parse, [.. patterns.SelectMany(static p => p.Split('\n'))]);
        GrepStyle style = ReadStyle(parse);
        List<(string Name, ObjectId Tree)> revisions = await ResolveAsync(context, words, pathWords, cancellationToken);
        PathScope scope = PathScope.Create(context, pathWords, parse.GetValue(_fullName));
        ConcurrentBag<GrepLines> workers = [new GrepLines(pattern, style)];
        bool isFound = false;
        if (revisions.Count == 0)
        {
            pathWords.ForEach(p => OutsideProfile.ThrowIfOutside(context, PathArguments.Resolve(context, p)));
            using DirstateFile? dirstate = context.WorkingCopy.OpenDirstate();
            using IWorkingFiles files = context.WorkingCopy.OpenFiles();
            if (dirstate is not null)
            {
                foreach ((ReadOnlyMemory<byte> output, bool isHit) in new WorkingCopyGrep(files, dirstate.Reader).Search(scope.Includes, (path, content) => Search("", path, content), cancellationToken))
                {
                    Print(output, isHit);
                }
            }
        }

        foreach ((string name, ObjectId tree) in revisions)
        {
            RevisionGrep grep = new(context.Objects);
            await foreach ((ReadOnlyMemory<byte> output, bool isHit) in grep.SearchAsync(tree, scope.Includes, (path, content) => Search(name + ":", path, content), cancellationToken))
            {
                Print(output, isHit);
            }
        }

        return isFound ? ExitCode.Success : ExitCode.Negative;

        (ReadOnlyMemory<byte> Output, bool IsHit) Search(string prefix, ReadOnlyMemory<byte> path, ReadOnlyMemory<byte> content)
        {
            GrepLines lines = workers.TryTake(out GrepLines? free) ? free : new GrepLines(pattern, style);
            try
            {
                ArrayBufferWriter<byte> name = new();
                Encoding.UTF8.GetBytes(prefix, name);
                PathQuoting.Write(name, default, scope.Shown(path.Span));
                return lines.Search(name.WrittenSpan, content.Span);
            }
            finally
            {
                workers.Add(lines);
            }
        }

        void Print(ReadOnlyMemory<byte> output, bool isHit)
        {
            context.Output.Bytes(output.Span);
            isFound |= isHit;
        }
    }

    private static (List<string> Words, List<string> Paths) Split(ParseResult parse)
    {
        string[] given = parse.CommandResult.GetResult(parse.CommandResult.Command.Arguments[0]) is ArgumentResult result ? [.. result.Tokens.Select(static t => t.Value)] : [];
        int dashes = parse.Tokens.ToList().FindIndex(static t => t.Type == TokenType.DoubleDash);
        int paths = dashes < 0 ? 0 : parse.Tokens.Count - dashes - 1;
        return ([.. given[..^paths]], [.. given[^paths..]]);
    }

    private GrepPattern ReadPattern(ParseResult parse, IReadOnlyList<string> patterns)
    {
        PatternSyntax syntax = parse.GetValue(_fixed) ? PatternSyntax.Fixed : parse.GetValue(_extended) ? PatternSyntax.Extended : PatternSyntax.Basic;
        return new GrepPattern(patterns, syntax, parse.GetValue(_ignoreCase), parse.GetValue(_word), parse.GetValue(_invert));
    }

    private GrepStyle ReadStyle(ParseResult parse)
    {
        GrepForm form = parse.GetValue(_quiet) ? GrepForm.Nothing
            : parse.GetValue(_otherNames) ? GrepForm.OtherNames
            : parse.GetValue(_names) ? GrepForm.Names
            : parse.GetValue(_count) ? GrepForm.Counts
            : GrepForm.Lines;
        return new GrepStyle(form, parse.GetValue(_numbers), !parse.GetValue(_noNames), parse.GetValue(_text), parse.GetValue(_skipBinary));
    }

    // Words up to the first that names no revision are revisions; without '--' the others are paths.
    private static async Task<List<(string Name, ObjectId Tree)>> ResolveAsync(CommandContext context, List<string> words, List<string> paths, CancellationToken cancellationToken)
    {
        List<(string, ObjectId)> revisions = [];
        for (int i = 0; i < words.Count; i++)
        {
            RevisionResult result = await context.Clone.CreateResolver(context.Objects).ResolveAsync(words[i], cancellationToken);
            if (!result.IsResolved && paths.Count == 0 && Path.Exists(Path.Combine(context.Surroundings.WorkingDirectory, words[i])))
            {
                paths.AddRange(words.Skip(i));
                break;
            }

            revisions.Add((words[i], await context.ResolveTreeAsync(words[i], cancellationToken)));
        }

        return revisions;
    }
}
