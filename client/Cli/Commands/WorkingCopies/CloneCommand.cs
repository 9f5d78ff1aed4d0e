using System.CommandLine;
using Monorepo.Cli.Commands.History;
using Monorepo.Cli.Output;
using Monorepo.Core;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Remote;
using Monorepo.Workspace.Shallow;

namespace Monorepo.Cli.Commands.WorkingCopies;

/// <summary><c>mr clone</c>: metadata in one round trip, then the working copy.</summary>
public static class CloneCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Argument<string> url = new("URL") { Description = "http://HOST:PORT/NAME" };
        Argument<string?> directory = new("DIR") { Description = "Where to; not there yet, or empty. Default: the repository's name.", DefaultValueFactory = _ => null };
        Option<bool> noCheckout = new("--no-checkout") { Description = "Metadata only; 'mr checkout' writes the files later." };
        Option<string?> revision = new("--branch", "-b") { Description = "Check this branch, tag or commit out instead of the default branch.", HelpName = "REV" };
        Option<string?> blobs = new("--blobs") { Description = "Get contents from these edge servers, the first that answers, before the history server. Default: those the server names.", HelpName = "URL,…" };
        Option<string[]> sparse = new("--sparse") { Description = "Have only what this profile in the repository names; several: what any of them does. See 'mr sparse'.", HelpName = "PROFILE" };
        Option<string[]> paths = new("--paths") { Description = "Have only these files and directories, besides what profiles name; as 'mr sparse include'. Comes behind the address.", HelpName = "PATTERN", AllowMultipleArgumentsPerToken = true };
        Option<int?> depth = HistoryDepth.Option("--depth", "Take only so many of the revision's last commits, and no other branches or tags: a shallow clone, for machines. 'mr pull --unshallow' brings the rest.");
        Option<bool> json = Options.Json("One JSON object: what is here now, and what was checked out.");
        Command command = new("clone", "Clone a repository: all commits and refs, and the files of one revision. An interrupted clone goes on when it is run again.")
        {
            url, directory, noCheckout, revision, blobs, sparse, paths, depth, json,
        };
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            if (!RepositoryUrl.TryParse(parse.GetValue(url), out RepositoryUrl? address))
            {
                throw new CommandException(ExitCode.Usage, $"'{parse.GetValue(url)}' is no repository address.", "It looks like http://HOST:PORT/NAME.");
            }

            string target = Path.Combine(surroundings.WorkingDirectory, parse.GetValue(directory) ?? address.Name.Value.Split('/')[^1]);
            IReadOnlyList<Uri>? edges = CommandContext.ParseEdges("--blobs", parse.GetValue(blobs));
            await using RemoteRepository remote = context.Connect(address);
            Clone clone = await ProgressDisplay.RunAsync("Receiving commits", progress =>
            {
                ProgressAdapter<HistoryProgress> adapter = new(progress, PullCommand.Describe);
                return parse.GetValue(depth) is { } commits
                    ? ShallowClone.CreateAsync(remote, target, commits, parse.GetValue(revision), adapter, cancellationToken, edges, surroundings.Settings)
                    : Clone.CreateAsync(remote, target, adapter, cancellationToken, edges, surroundings.Settings);
            });
            context.Use(clone);
            await Console.Error.WriteLineAsync(
                $"Cloned {address} into '{parse.GetValue(directory) ?? target}': {clone.History.Count:N0} commits, {clone.Refs.Count:N0} refs{(clone.History.IsShallow ? " (shallow)" : "")}.");
            string[] profiles = parse.GetValue(sparse) ?? [];
            string[] patterns = parse.GetValue(paths) ?? [];
            if (profiles.Length + patterns.Length > 0)
            {
                await context.WorkingCopy.ChangeSparseAsync(context.Objects, settings => settings.Enable(profiles).Add(isInclude: true, patterns), force: false, null, cancellationToken);
            }

            (HeadState Head, CheckoutResult Result)? done = parse.GetValue(noCheckout) ? null : await CheckOutAsync(context, parse.GetValue(revision), cancellationToken);
            if (parse.GetValue(json))
            {
                WriteJson(context.Output, address, clone, done);
            }

            return ExitCode.Success;
        });
    }

    // Null: there is nothing yet.
    private static async Task<(HeadState Head, CheckoutResult Result)?> CheckOutAsync(CommandContext context, string? revision, CancellationToken cancellationToken)
    {
        string? wanted = revision ?? context.Clone.Refs.DefaultBranch?.Value;
        if (wanted is null || (revision is null && context.Clone.Refs.Find(RefName.Parse(wanted)) is null))
        {
            await Console.Error.WriteLineAsync("The repository's default branch has no commit yet: nothing to check out.");
            return null;
        }

        return await CheckoutCommand.RunAsync(context, wanted, force: false, cancellationToken);
    }

    /// <summary><c>url</c>, <c>directory</c>, numbers of <c>commits</c> and <c>refs</c>, <c>shallow</c>, and after a checkout <see cref="CheckoutJson"/>'s members as <c>checkout</c>.</summary>
    private static void WriteJson(OutputStream output, RepositoryUrl url, Clone clone, (HeadState Head, CheckoutResult Result)? done) => output.JsonObject(json =>
    {
        json.WriteString("url", url.ToString());
        json.WriteString("directory", clone.Paths.WorkingCopy);
        json.WriteNumber("commits", clone.History.Count);
        json.WriteNumber("refs", clone.Refs.Count);
        json.WriteBoolean("shallow", clone.History.IsShallow);
        if (done is { } checkout)
        {
            json.WriteStartObject("checkout");
            CheckoutJson.WriteMembers(json, checkout.Head, checkout.Result);
            json.WriteEndObject();
        }
    });
}
