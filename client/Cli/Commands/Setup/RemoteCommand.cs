using System.CommandLine;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Configuration;
using Monorepo.Workspace.Remote;

namespace Monorepo.Cli.Commands.Setup;

/// <summary><c>mr remote</c>: where the clone's repository is.</summary>
public static class RemoteCommand
{
    /// <summary>A clone has one repository; refs and messages call it so.</summary>
    private const string Name = "origin";

    public static Command Create(Surroundings surroundings)
    {
        Option<bool> verbose = new("--verbose", "-v") { Description = "With its address, and the edges where contents come from." };
        Argument<string> url = new("URL") { Description = "http://HOST:PORT/NAME" };
        Command setUrl = new Command("set-url", "Name another address of the same repository.") { url }
            .Does(surroundings, (parse, context, _) => Task.FromResult(SetUrl(context, parse.GetValue(url)!)));
        return new Command("remote", "Show where the clone's repository is.") { verbose, setUrl }.Does(surroundings, (parse, context, _) =>
        {
            if (!parse.GetValue(verbose))
            {
                context.Output.Line(Name);
                return Task.FromResult(ExitCode.Success);
            }

            context.Output.Line($"{Name}\t{context.Clone.Url} (fetch)");
            context.Output.Line($"{Name}\t{context.Clone.Url} (push)");
            foreach (Uri edge in context.EdgesOf(context.Clone))
            {
                context.Output.Line($"{Name}\t{edge.GetLeftPart(UriPartial.Authority)} (contents)");
            }

            return Task.FromResult(ExitCode.Success);
        });
    }

    private static ExitCode SetUrl(CommandContext context, string text)
    {
        if (!RepositoryUrl.TryParse(text, out RepositoryUrl? url))
        {
            throw new CommandException(ExitCode.Usage, $"'{text}' is no repository address.", "It looks like http://HOST:PORT/NAME.");
        }

        ClonePaths paths = Clone.Find(context.Surroundings.WorkingDirectory)
            ?? throw new CommandException(ExitCode.NotFound, "there is no clone here.", "Run the command inside one.");
        using CloneLock held = CloneLock.Take(paths);
        ConfigFile.Change(paths.Config, ConfigKeys.Url, url.ToString());

        // It holds addresses and a token of the server before; the next pull brings another.
        File.Delete(paths.Offer);
        return ExitCode.Success;
    }
}
