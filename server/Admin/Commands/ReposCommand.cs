using System.CommandLine;
using Monorepo.Admin.Output;
using Monorepo.Admin.Targets;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;
using Monorepo.Services;
using Monorepo.Storage;
using Monorepo.Storage.RocksDb;

namespace Monorepo.Admin.Commands;

/// <summary><c>mr-admin repos</c>.</summary>
internal static class ReposCommand
{
    private const string Text = """
        List the repositories with their numbers of commits and refs.

        Examples:
          mr-admin repos --data /var/lib/monorepo
          mr-admin repos --server http://127.0.0.1:8940 --json
        """;

    public static Command Create()
    {
        Option<bool> json = new("--json") { Description = "Print one JSON array." };
        TargetOptions target = new();
        Command command = new("repos", Text);
        target.AddTo(command);
        command.Options.Add(json);
        return command.Does(async (parse, cancellationToken) =>
        {
            IReadOnlyList<RepositoryLine> lines = target.Data(parse) is { } data
                ? await ReadDataAsync(data, cancellationToken)
                : await AskServerAsync(target.Server(parse)!, cancellationToken);
            RepositoryList.Write(parse.InvocationConfiguration.Output, lines, parse.GetValue(json));
        });
    }

    private static async Task<IReadOnlyList<RepositoryLine>> ReadDataAsync(string data, CancellationToken cancellationToken)
    {
        // Opening would make an empty database.
        if (!Directory.Exists(data))
            throw new AdminException(ExitCode.NotFound, $"there is no data directory '{data}'", "An import makes it.");
        await using RocksDbEngine engine = RocksDbEngine.Open(new RocksDbEngineOptions { Path = data });
        var lines = new List<RepositoryLine>();
        foreach (RepositoryName name in await engine.ListAsync(cancellationToken))
        {
            IRepository repository = await engine.CreateAsync(name, cancellationToken);
            RefSnapshot refs = await repository.Refs.ReadAsync(cancellationToken);
            lines.Add(new RepositoryLine(name.Value, await repository.History.GetLengthAsync(cancellationToken), refs.Refs.Count));
        }

        return lines;
    }

    private static async Task<IReadOnlyList<RepositoryLine>> AskServerAsync(Uri server, CancellationToken cancellationToken)
    {
        using RpcChannel channel = ServerChannel.Open(server);
        ListRepositoriesResponse response = await channel.UnaryAsync(
            HistoryMethods.ListRepositories, new ListRepositoriesRequest(), cancellationToken: cancellationToken);
        return [.. response.Repositories.Select(static found => new RepositoryLine(found.Name, (long)found.Commits, (long)found.Refs))];
    }
}
