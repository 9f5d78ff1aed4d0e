using System.Buffers;
using System.CommandLine;
using Monorepo.Cli.Output;
using Monorepo.Cli.Watching;
using Monorepo.Formats.Watching;
using Monorepo.Workspace.Watching;

namespace Monorepo.Cli.Commands.Watching;

/// <summary>
/// <c>mr watcher git-hook VERSION TOKEN</c>: git's fsmonitor hook, version 2 (githooks(5)). Prints the token to be asked with the next time, a NUL, and
/// what may have changed since TOKEN, each path with a NUL behind it; <c>/</c> where that is everything.
/// </summary>
public static class GitHookCommand
{
    private const string HookVersion = "2";

    // git waits; without an answer it looks at everything.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    public static Command Create(Surroundings surroundings)
    {
        Argument<string> version = new("VERSION") { Description = "2" };
        Argument<string> token = new("TOKEN") { Description = "Of the answer before." };
        Command command = new("git-hook", "For git: 'git config core.fsmonitor \"mr watcher git-hook\"' lets 'git status' ask the watcher.") { version, token };
        return command.Does(surroundings, (parse, context, _) =>
        {
            if (parse.GetValue(version) is var asked && !string.Equals(asked, HookVersion, StringComparison.Ordinal))
            {
                throw new CommandException(ExitCode.Usage, $"git asks for version {asked} of the hook; there is version {HookVersion}.", "'git config core.fsmonitorHookVersion 2' says so.");
            }

            WatcherPaths paths = WatcherCommand.Find(surroundings);
            AskOutcome outcome = new WatcherClient(paths).AskChanges(parse.GetValue(token)!, s_patience, out ChangesAnswer? changes);
            if (outcome is AskOutcome.NotThere or AskOutcome.OtherVersion)
            {
                WatcherLauncher.Launch(paths, surroundings.Watcher, outcome);
            }

            Write(context.Output, changes);
            return Task.FromResult(ExitCode.Success);
        });
    }

    private static void Write(OutputStream output, ChangesAnswer? changes)
    {
        if (changes is not { Outcome: WatchOutcome.Done })
        {
            output.Bytes("none\0/\0"u8);
            return;
        }

        output.Text(changes.Clock + "\0");
        if (changes.IsEverything)
        {
            output.Bytes("/\0"u8);
            return;
        }

        foreach ((byte[] path, byte isDirectory) in changes.Paths)
        {
            // A path without a slash is a file to git, and one with a slash all that is in a directory; either may have been there.
            output.Write(path);
            output.Bytes("\0"u8);
            if (isDirectory != 0)
            {
                output.Write(path);
                output.Bytes("/\0"u8);
            }
        }
    }
}
