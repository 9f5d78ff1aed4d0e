using System.CommandLine;
using System.CommandLine.Parsing;
using Google.Protobuf;
using Monorepo.Admin.Output;
using Monorepo.Admin.Targets;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;
using Monorepo.Services;

namespace Monorepo.Admin.Commands;

/// <summary><c>mr-admin cache inspect</c> and <c>mr-admin cache flush</c>.</summary>
internal static class CacheCommand
{
    private const string InspectText = """
        Say in which tiers an object is, how large, on which memcached node, and whether each copy's bytes hash to the id.

        Examples:
          mr-admin cache inspect 557db03de997c86a4a028e1ebd3a1ceb225be238 --server http://127.0.0.1:8940
          mr-admin cache inspect 557db03de997c86a4a028e1ebd3a1ceb225be238 --server http://127.0.0.1:8940 --repo demo --json

        Exit codes: 0 found, and every copy is right; 2 wrong usage; 3 nobody has it; 5 server unavailable; 7 a copy is damaged.
        """;

    private const string FlushText = """
        Make the caches forget some objects, or everything of a repository. The store keeps them, and the caches fill again as they are read.

        A repository is forgotten at once, whatever it has in memcached: its keys get a new generation, which other servers and edges learn of within
        5 seconds. The old values are not removed; memcached drops them as the least recently used.

        Examples:
          mr-admin cache flush --server http://127.0.0.1:8940 --repo demo --yes
          mr-admin cache flush 557db03de997c86a4a028e1ebd3a1ceb225be238 --server http://127.0.0.1:8940 --repo demo

        Exit codes: 0 done; 2 wrong usage, or not confirmed; 4 there is no memcached; 5 server or memcached unavailable.
        """;

    public static Command Create()
    {
        Command command = new("cache", "Look into the server's caches, or empty them.");
        command.Subcommands.Add(CreateInspect());
        command.Subcommands.Add(CreateFlush());
        return command;
    }

    private static Command CreateInspect()
    {
        Argument<ObjectId?> key = new("KEY") { Description = "The object's id, 40 hex digits.", CustomParser = static result => ParseId(result, result.Tokens[0].Value) };
        Option<Uri> server = ServerOption.Create();
        Option<string?> repository = new("--repo") { Description = "The repository. [default: all that have it]", HelpName = "NAME" };
        Option<bool> json = ServerOption.Json();
        Command command = new("inspect", InspectText) { key, server, repository, json };
        return command.Does(async (parse, cancellationToken) =>
        {
            ObjectId id = parse.GetValue(key)!.Value;
            InspectObjectRequest request = new() { Repository = parse.GetValue(repository) ?? "", Id = ToBytes(id) };
            using RpcChannel channel = ServerChannel.Open(parse.GetValue(server)!);
            InspectObjectResponse response = await channel.UnaryAsync(OperationsMethods.InspectObject, request, cancellationToken: cancellationToken);
            CacheReport.WriteCopies(parse.InvocationConfiguration.Output, id, response, parse.GetValue(json));
            ObjectCopy[] present = [.. response.Repositories.SelectMany(static r => r.Copies).Where(static c => c.IsPresent)];
            if (present.Length == 0)
                throw new AdminException(ExitCode.NotFound, $"no tier has {id}");
            if (Array.Exists(present, static c => !c.IsVerified))
                throw new AdminException(ExitCode.Corrupt, $"a copy of {id} is damaged", "In memcached: 'mr-admin cache flush' with the id removes it; readers never believe it.");
        });
    }

    private static Command CreateFlush()
    {
        Argument<ObjectId[]> keys = new("KEY")
        {
            Description = "Ids of objects. [default: everything of the repository]",
            Arity = ArgumentArity.ZeroOrMore,
            CustomParser = static result => [.. result.Tokens.Select(token => ParseId(result, token.Value) ?? default)],
        };
        Option<Uri> server = ServerOption.Create();
        Option<string> repository = new("--repo") { Description = "The repository.", HelpName = "NAME", Required = true };
        Option<bool> yes = new("--yes") { Description = "Do not ask before everything of a repository is flushed." };
        Option<bool> json = ServerOption.Json();
        Command command = new("flush", FlushText) { keys, server, repository, yes, json };
        return command.Does(async (parse, cancellationToken) =>
        {
            ObjectId[] ids = parse.GetValue(keys) ?? [];
            FlushCacheRequest request = new() { Repository = parse.GetValue(repository)! };
            request.Ids.AddRange(ids.Select(ToBytes));
            if (ids.Length == 0 && !parse.GetValue(yes))
                Confirm(parse.InvocationConfiguration.Error, request.Repository);
            using RpcChannel channel = ServerChannel.Open(parse.GetValue(server)!);
            FlushCacheResponse response = await channel.UnaryAsync(OperationsMethods.FlushCache, request, cancellationToken: cancellationToken);
            CacheReport.WriteFlushed(parse.InvocationConfiguration.Output, request.Repository, ids, response, parse.GetValue(json));
            if (response.Objects.Any(static o => !o.IsGone))
                throw new AdminException(ExitCode.Unavailable, "a memcached node did not answer, so what it has is not removed", "'mr-admin stats' shows the nodes. Run the same command again.");
        });
    }

    private static void Confirm(TextWriter errors, string repository)
    {
        if (ReferenceEquals(errors, Console.Error) && !Console.IsInputRedirected && !Console.IsErrorRedirected)
        {
            errors.Write($"Flush everything of {repository} from memcached? Until it is filled again, every read goes to the store. [y/N] ");
            if (Console.ReadLine() is "y" or "Y" or "yes")
                return;
        }

        throw new AdminException(ExitCode.Usage, "nothing was flushed", "Confirm with --yes, or name the objects to flush.");
    }

    private static ObjectId? ParseId(ArgumentResult result, string text)
    {
        if (ObjectId.TryParse(text, out ObjectId id))
            return id;
        result.AddError($"'{text}' is no object id: it takes {ObjectId.HexSize} hex digits.");
        return null;
    }

    private static ByteString ToBytes(ObjectId id) => ByteString.CopyFrom(id.AsSpan());
}
