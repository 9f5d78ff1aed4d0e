namespace Monorepo.Peers.Running;

/// <summary>The benchmark can't go on; the message is for the person who started it.</summary>
internal sealed class BenchmarkException(string message, Exception? inner = null) : Exception(message, inner);
