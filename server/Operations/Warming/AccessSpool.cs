using Google.Protobuf.Collections;
using Monorepo.Formats.Protos;
using Monorepo.History.Requests;
using Monorepo.Operations.AccessLog;
using Monorepo.Rpc;
using FileMode = System.IO.FileMode;

namespace Monorepo.Operations.Warming;

/// <summary>Recorded reads that came with a request, on disk in the access log's format, because they are read more than once. Gone when disposed.</summary>
internal sealed class AccessSpool : IDisposable
{
    private const string Prefix = "received-";
    private const long BytesMax = 8L << 30;

    private readonly string _folder;
    private readonly AccessLogFiles _files;
    private readonly FileStream _file;

    /// <param name="parent">A folder is made in it, and it too.</param>
    public AccessSpool(string parent)
    {
        _folder = Directory.CreateDirectory(Path.Combine(parent, Prefix + Guid.NewGuid().ToString("N"))).FullName;
        _files = new AccessLogFiles(_folder);
        _file = new FileStream(_files.PathOf(1), FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        _file.Write(AccessLogFormat.FileHeader(0, AccessLogFormat.KeysOf));
    }

    /// <summary>Deletes what a killed server left.</summary>
    public static void DeleteOld(string parent)
    {
        if (!Directory.Exists(parent))
            return;
        foreach (string folder in Directory.EnumerateDirectories(parent, Prefix + "*"))
            Directory.Delete(folder, recursive: true);
    }

    /// <exception cref="RpcException">INVALID_ARGUMENT: a record can't be. RESOURCE_EXHAUSTED: too many.</exception>
    public void Add(RepeatedField<AccessEntry> entries)
    {
        foreach (AccessEntry[] chunk in entries.Chunk(AccessLogFormat.RecordsPerBlockMax))
            _file.Write(AccessLogFormat.Block([.. chunk.Select(Parse)]));
        if (_file.Position > BytesMax)
            throw new RpcException(RpcStatusCode.ResourceExhausted, $"more than {BytesMax} bytes of recorded reads were sent; send a part of them, such as the newest.");
    }

    public IEnumerable<AccessRecord> Read() => _files.Read(DateTimeOffset.MinValue);

    public void Dispose()
    {
        _file.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static AccessRecord Parse(AccessEntry entry) => new(
        Math.Max(0, entry.UnixMs), RepositoryDirectory.ParseName(entry.Repository), RequestIds.Parse(entry.Id, "accesses"),
        entry.Tier.Length is > 0 and <= byte.MaxValue && System.Text.Ascii.IsValid(entry.Tier) ? entry.Tier : "unknown",
        (uint)Math.Min(uint.MaxValue, entry.Bytes));
}
